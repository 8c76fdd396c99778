// A measured process: creates one client, then runs a round for each message of the parent.
import "./offline.mjs";

const [, , module, params] = process.argv;

function send(message) {
  if (process.connected) process.send(message);
}

function describe(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const [line = ""] = text.split("\n");
  return { failure: line.slice(0, 160) };
}

async function measure(client, round) {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const own = await client.run(round);
  const wallMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, ...own };
}

try {
  const { create } = await import(module);
  const client = await create(JSON.parse(params));
  process.on("message", (round) => {
    measure(client, round).then(
      (sample) => send({ sample }),
      (error) => send(describe(error)),
    );
  });
  process.on("disconnect", () => process.exit());
  send({ ready: true });
} catch (error) {
  send(describe(error));
  process.exitCode = 1;
}
