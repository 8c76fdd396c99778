import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { durationMs, stopwatch } from "../../stopwatch.ts";

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
const CHILD = fileURLToPath(new URL("stopped-child.ts", import.meta.url));

afterEach(() => void vi.useRealTimers());

describe("a stopwatch", () => {
  it("counts the waiting for a timer in full where the machine is idle, and never more than the clock", async () => {
    // On a busy machine the beats come late now and then; one undisturbed wait of many is enough.
    let mostMs = 0;
    for (let tries = 0; tries < 50 && mostMs < 90; tries += 1) {
      const startMs = performance.now();
      const tookMs = await durationMs(sleep(100));
      expect(tookMs).toBeLessThanOrEqual(performance.now() - startMs);
      mostMs = Math.max(mostMs, tookMs);
    }
    expect(mostMs).toBeGreaterThanOrEqual(90);
  });

  it("counts computing in full, although no timer fires meanwhile", () => {
    const { cpuUsage } = process;
    const before = cpuUsage();
    const usedMs = (): number => {
      const { user, system } = cpuUsage(before);
      return (user + system) / 1_000;
    };
    const watch = stopwatch();
    while (usedMs() < 100);
    const tookMs = watch.ms();
    expect(tookMs).toBeGreaterThanOrEqual(90);
  });

  it("stands still while its process is stopped", async () => {
    const child = spawn(process.execPath, ["--import", LOADER, CHILD], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGSTOP");
    await sleep(1_000);
    child.kill("SIGCONT");
    child.stdin.write("\n");
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { watchMs, clockMs } = JSON.parse(String(line)) as { watchMs: number; clockMs: number };
    expect(clockMs).toBeGreaterThan(990);
    expect(clockMs - watchMs).toBeGreaterThan(950);
  });

  it("stands still once it was read", async () => {
    const watch = stopwatch();
    const firstMs = watch.ms();
    await sleep(20);
    expect(watch.ms()).toBe(firstMs);
  });

  it("runs on real time, also where a test has replaced the timers and the clock", async () => {
    vi.useFakeTimers();
    const watch = stopwatch();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect(watch.ms()).toBeLessThan(10_000);
    vi.useFakeTimers();
    const second = stopwatch();
    const before = process.cpuUsage();
    while (process.cpuUsage(before).user < 20_000);
    expect(second.ms()).toBeGreaterThan(15);
  });
});
