import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, type Rule, startFaultServer } from "./harness.ts";

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], timeoutMs = 800_000): Promise<Ended> {
  const { VITEST: _, NODE_OPTIONS: __, ...env } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer({ token: { lifetimeMs: 600_000 } });
});
afterEach(() => server.reset());
afterAll(() => server.close());

describe("a script that never calls close()", () => {
  const big = { do: "respond", body: { repeat: "x", times: 1_000_000 } } as const;
  const item = { "content-type": "application/x-ndjson" };
  const hanging: Rule = {
    path: "/sessions/1/ask-ai",
    steps: [
      { do: "respond", headers: item, framing: "chunked", body: '{"data":"a"}\n{', sendOnly: 13 },
      { do: "stall" },
    ],
  };
  const later = { do: "respond", status: 429, headers: { "retry-after": "30" } } as const;

  it.each<[string, string, Rule[]]>([
    ["one call [H1]", "one-call", []],
    ["a call with time limits and a signal that are still pending [H2]", "deadline-and-signal", []],
    ["a back-off of 30 s that was aborted [H2]", "aborted-back-off", [{ method: "POST", steps: [later] }]],
    ["an answer that nobody read [H2]", "unread-answer", [{ path: "/templates/*", steps: [big] }]],
    ["a call that failed [H2]", "failed-call", [{ method: "POST", steps: [{ do: "rst" }] }]],
    ["a renewal of its token that nobody waits for [H2]", "renewal", []],
    ["a stream half read, whose client was closed [H2]", "closed-stream", [hanging]],
    ["a stream half read that was aborted [H2]", "aborted-stream", [hanging]],
    ["a wait with its next look in 30 s that was aborted [H2]", "aborted-wait", []],
    ["a wait with its next look in 30 s that missed its deadline [H2]", "overdue-wait", []],
    ["a wait with its next look in 30 s that was left by break [H2]", "left-wait", []],
  ])("exits by itself at once after %s", async (_, mode, rules) => {
    await server.script(...rules);
    const child = ["--import", LOADER, at("children/exit.ts"), mode, server.url];
    const { code, stdout, stderr } = await run(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    // Node itself needs up to 300 ms of CPU here, also after its own fetch: it compiles its HTTP parser in the background.
    // What could keep the process lives for at least 4 s: the pool's idle connections, and the timers above.
    expect(Number(stdout)).toBeLessThan(1_000);
  });
});

describe("many calls", () => {
  it("leave no heap and no handles behind [H4]", async () => {
    const { SOAK_CALLS = "500" } = process.env;
    const missing = {
      do: "respond",
      status: 404,
      body: '{"detail":{"msg":"Session not found","type":"SessionNotFoundError"}}',
    } as const;
    await server.script({ path: "/sessions/missing", steps: [missing] });
    const child = ["--expose-gc", "--import", LOADER, at("children/soak.ts"), server.url, "8", SOAK_CALLS];
    const { code, stdout, stderr } = await run(child, 300_000);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { heaps, resources } = JSON.parse(stdout) as { heaps: number[]; resources: number[] };
    // The first rounds warm up caches of the engine; after them nothing may grow with the number of calls. What a
    // call could leave (a listener, a timer, a promise with its closure) is some hundred bytes.
    const lowest = (from: number): number => Math.min(...heaps.slice(from, from + 3));
    const grownBytesPerCall = (lowest(5) - lowest(2)) / (3 * Number(SOAK_CALLS));
    expect(grownBytesPerCall).toBeLessThan(100);
    expect((resources.at(-1) ?? 0) - (resources[0] ?? 0)).toBeLessThanOrEqual(1);
  });
});

describe("the suite itself", () => {
  const CONFIG = at("../fixtures/trouble/vitest.config.ts");
  const VITEST = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

  it.each([
    ["unhandled-rejection", 1],
    ["uncaught-exception", 1],
    ["warning", 1],
    ["none", 0],
  ])("ends with code for a passing test that leaves this behind: %s [H7]", async (trouble, expected) => {
    const { code } = await run([VITEST, "run", "--config", CONFIG, trouble]);
    expect(code).toBe(expected);
  });
});
