import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

// A busy machine takes a minute for what takes seconds alone; the time limit of a test is longer.
const START_TIMEOUT_MS = 200_000;
const OUTPUT_LIMIT = 16_384;
const LEASH = new URL("children/leash.mjs", import.meta.url).href;
const { resolve } = createRequire(import.meta.url);

/** A server in a process of its own. */
export interface Child {
  readonly url: string;
  stop(): Promise<void>;
}

/** A port is not chosen before the server binds it, so that two runs at the same time never meet. */
export function startPrism(mode: "mock" | "proxy", document: string, upstream?: string): Promise<Child> {
  const program = resolve("@stoplight/prism-cli/dist/index.js");
  const operands = upstream === undefined ? [document] : [document, upstream, "--errors"];
  return start(program, [mode, "--port", "0", ...operands], []);
}

export function startSandbox(): Promise<Child> {
  const program = fileURLToPath(new URL("children/sandbox.ts", import.meta.url));
  return start(program, [], ["--import", pathToFileURL(resolve("tsx/esm")).href]);
}

/** Resolves when the program says where it listens. Its output is kept for the message of a failed start only. */
async function start(program: string, args: readonly string[], execArgv: readonly string[]): Promise<Child> {
  const child = fork(program, args, {
    execArgv: ["--import", LEASH, ...execArgv],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  try {
    const url = await listening(child);
    await accepting(url);
    return { url, stop: () => stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string): void => reject(new Error(`${child.spawnargs[1]} ${why}:\n${output}`));
    const timer = setTimeout(() => fail(`was not ready in ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    // Read to the end of its life, or the child would stop at a full pipe.
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_LIMIT);
      const url = /listening on (http:\/\/\S+)\s/.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(`did not start (${error.message})`));
    child.once("exit", () => {
      clearTimeout(timer);
      fail("ended");
    });
  });
}

/** Prism names its address before the port is bound; whoever is quick would be refused. */
async function accepting(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (let tries = 0; tries < 5_000; tries += 1) {
    const socket = connect({ host: hostname, port: Number(port) });
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
  throw new Error(`${url} was named, but nothing listens there`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
