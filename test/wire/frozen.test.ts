import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, startFaultServer } from "./harness.ts";

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
const LIFETIME_MS = 3_000;

let server: FaultServer;
let child: ChildProcess | undefined;
beforeAll(async () => {
  server = await startFaultServer({ token: { lifetimeMs: LIFETIME_MS } });
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await server.reset();
});
afterAll(() => server.close());

/** A process that makes a call whenever it is told to. */
function startCaller(): {
  ready: Promise<unknown>;
  call(): Promise<string>;
  signal(name: NodeJS.Signals): void;
} {
  const script = fileURLToPath(new URL("children/frozen.ts", import.meta.url));
  const { VITEST: _, NODE_OPTIONS: __, ...env } = process.env;
  const started = spawn(process.execPath, ["--import", LOADER, script, server.url], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child = started;
  const line = async (): Promise<string> => String((await once(started.stdout, "data"))[0]).trim();
  return {
    ready: line(),
    call: () => {
      const answer = line();
      started.stdin.write("\n");
      return answer;
    },
    signal: (name) => void started.kill(name),
  };
}

describe("a process that was frozen, as serverless platforms do it", () => {
  it("wakes up to sockets that the server has closed and a token that has expired, and replaces both [H10]", async () => {
    const answer = { do: "respond", headers: { "content-type": "application/json" }, body: "{}" } as const;
    await server.script({
      path: "/templates/*",
      times: 1,
      steps: [answer, { do: "wait", ms: 500 }, { do: "fin" }],
    });
    const caller = startCaller();
    await caller.ready;
    expect(await caller.call()).toBe("ok");
    caller.signal("SIGSTOP");
    await sleep(LIFETIME_MS + 500);
    caller.signal("SIGCONT");
    expect(await caller.call()).toBe("ok");
    const calls = await server.requests({ path: "/templates/*" });
    expect(new Set(calls.map(({ headers }) => headers["authorization"])).size).toBe(2);
    expect(await server.requests({ path: "/jwt" })).toHaveLength(2);
  });

  it("finishes a call that was under way when it was frozen [H10]", async () => {
    await server.script({
      path: "/templates/*",
      steps: [
        { do: "wait", ms: 200 },
        { do: "respond", body: "{}" },
      ],
    });
    const caller = startCaller();
    await caller.ready;
    const answer = caller.call();
    await server.untilRequest({ path: "/templates/*" });
    caller.signal("SIGSTOP");
    await sleep(1_000);
    caller.signal("SIGCONT");
    expect(await answer).toBe("ok");
    expect(await server.requests({ path: "/templates/*" })).toHaveLength(1);
  });
});

describe("a worker thread", () => {
  const start = (path: string): Worker =>
    new Worker(new URL("children/worker.mjs", import.meta.url), {
      workerData: { baseUrl: server.url, path },
    });

  it("makes calls of its own and ends by itself [H10]", async () => {
    const worker = start("/a");
    const exited = once(worker, "exit");
    expect(await once(worker, "message")).toEqual([5]);
    expect(await exited).toEqual([0]);
  });

  it("that is ended in the middle of its calls leaves no connection and no word behind [H10]", async () => {
    await server.script({ path: "/b", steps: [{ do: "stall" }] });
    const worker = start("/b");
    await server.untilRequest({ path: "/b" }, 5);
    await worker.terminate();
    await server.until((log) => log.every(({ closedAtMs }) => closedAtMs !== undefined));
  });
});
