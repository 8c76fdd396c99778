import { getEventListeners } from "node:events";
import { setImmediate as aTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { HeidiAbortError, HeidiPollError, HeidiTimeoutError } from "heidi-health-sdk";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { PollState } from "../../../src/workflows/polling/types.ts";
import { CANARY, Scene } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("a wait", () => {
  it("looks as often as its schedule says, and gives what the last look brought [F1]", async () => {
    const scene = new Scene(["PENDING", "PENDING", "PENDING", "READY"]);
    scene.time.draws = [1];
    expect(await scene.time.run(scene.wait())).toContain(CANARY);
    expect(scene.looksAtMs).toEqual([0, 2_000, 6_000, 14_000]);
    expect(scene.time.pending).toBe(0);
  });

  it("asks nothing before it is awaited or iterated", async () => {
    const scene = new Scene(["READY"]);
    scene.wait();
    await aTurn();
    expect(scene.looksAtMs).toEqual([]);
  });

  it("ends with what the server says of a failure, and asks no more [F2]", async () => {
    const scene = new Scene(["PENDING", "FAILED", "READY"]);
    const wait = scene.wait();
    const error = await scene.time.run(wait.catch((reason: unknown) => reason));
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({ fault: "failed", lastStatus: "FAILED", outcome: "processed", attempts: 2 });
    expect((error as HeidiPollError).lastState).toMatchObject({
      phase: "failed",
      answer: expect.stringContaining(CANARY),
    });
    await expect(wait).rejects.toBe(error);
    expect(scene.looksAtMs).toHaveLength(2);
  });

  it("keeps the patient's words out of every rendering of its error and of itself [F2]", async () => {
    const scene = new Scene(["FAILED"]);
    const wait = scene.wait();
    const error = await scene.time.run(wait.catch((reason: unknown) => reason));
    for (const shown of [error, wait]) {
      expect(inspect(shown, { depth: Infinity, showHidden: true })).not.toContain(CANARY);
      expect(JSON.stringify(shown)).not.toContain(CANARY);
    }
    expect(String(error)).not.toContain(CANARY);
  });

  it("ends at its deadline with the last status and the time, after a last look just before it [F4]", async () => {
    const scene = new Scene(["PARSING"]);
    const error = await scene.failureOf({ timeoutMs: 60_000 });
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({
      fault: "deadline",
      lastStatus: "PARSING",
      elapsedMs: 59_000,
      outcome: "processed",
    });
    expect((error as Error).message).toMatch(/PARSING/);
    expect(scene.looksAtMs.at(-1)).toBe(59_000);
  });

  it.each([
    ["an unknown status", "REINDEXING", "REINDEXING"],
    ["no status", undefined, undefined],
    ["a status that is no word", `<p>${CANARY}</p>`, "(not a status)"],
  ])("takes %s for pending until the deadline, and shows it in the error [F5]", async (_, status, shown) => {
    const scene = new Scene([status]);
    const error = await scene.failureOf({ timeoutMs: 20_000 });
    expect(error).toMatchObject({ fault: "deadline", lastStatus: shown });
    expect(inspect(error)).not.toContain(CANARY);
    expect(scene.looksAtMs.length).toBeGreaterThan(3);
    const ready = new Scene([status, status, "READY"]);
    expect(await ready.time.run(ready.wait())).toContain(CANARY);
  });

  it("ends at once when it is aborted between two looks, and leaves no listener and no timer [F9]", async () => {
    const scene = new Scene(["PENDING"]);
    const controller = new AbortController();
    const failed = scene.wait({ signal: controller.signal }).catch((reason: unknown) => reason);
    await scene.time.pass(100);
    const reason = new Error("closed the tab");
    controller.abort(reason);
    const error = await failed;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ cause: reason, operation: "getSessionTranscript", attempts: 1 });
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(scene.time.pending).toBe(0);
    expect(scene.looksAtMs).toHaveLength(1);
  });

  it("ends at once when it is aborted during a look, and aborts its request [F9]", async () => {
    const scene = new Scene(() => new Promise(() => undefined));
    const controller = new AbortController();
    const failed = scene.wait({ signal: controller.signal }).catch((reason: unknown) => reason);
    await scene.time.pass(100);
    expect(scene.requests[0]?.signal?.aborted).toBe(false);
    controller.abort();
    expect(await failed).toBeInstanceOf(HeidiAbortError);
    expect(scene.requests[0]?.signal?.aborted).toBe(true);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(scene.time.pending).toBe(0);
  });

  it("ends at once when its client is closed, also between two looks", async () => {
    const scene = new Scene(["PENDING"]);
    const failed = scene.wait().catch((reason: unknown) => reason);
    await scene.time.pass(100);
    scene.time.inFlight.abortAll(() => new HeidiAbortError("The client was closed."));
    expect(await failed).toMatchObject({ name: "HeidiAbortError", operation: "getSessionTranscript" });
    expect(scene.time.pending).toBe(0);
  });

  it("asks nothing when it was aborted before it began [F9]", async () => {
    const scene = new Scene(["READY"]);
    const error = await scene.failureOf({ signal: AbortSignal.abort() });
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ outcome: "not-sent", attempts: 0 });
    expect(scene.looksAtMs).toEqual([]);
  });

  it("gives up a look that hangs after its own limit, and looks again [F10]", async () => {
    const scene = new Scene((look) => (look === 1 ? new Promise(() => undefined) : "READY"));
    expect(await scene.time.run(scene.wait({ pollTimeoutMs: 5_000 }))).toContain(CANARY);
    expect(scene.looksAtMs).toEqual([0, 6_000]);
    expect(scene.requests[0]).toMatchObject({ timeoutMs: 5_000, maxRetries: 0, signal: { aborted: true } });
  });

  it("ends at its deadline although a look hangs [F10]", async () => {
    const scene = new Scene(() => new Promise(() => undefined));
    const error = await scene.failureOf({ timeoutMs: 30_000, pollTimeoutMs: 600_000 });
    expect(error).toMatchObject({ fault: "deadline", outcome: "unknown" });
    expect((error as Error).cause).toBeInstanceOf(HeidiTimeoutError);
    expect(scene.time.ms).toBe(30_000);
    expect(scene.requests[0]?.timeoutMs).toBe(30_000);
  });

  it("is not touched by a wall clock that jumps [F14]", async () => {
    vi.useFakeTimers();
    const scene = new Scene((look) => {
      vi.setSystemTime(Date.now() + (look % 2 === 0 ? -2 : 1) * 86_400_000);
      return look === 4 ? "READY" : "PENDING";
    });
    Object.assign(scene.time, {
      nowMs: () => performance.now(),
      sleep: (ms: number, signal: AbortSignal) => after(ms, signal),
    });
    const wait = scene.wait({ intervalMs: 1_000, timeoutMs: 10_000 });
    const result = wait.then();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await result).toContain(CANARY);
    expect(wait.toJSON()).toMatchObject({ polls: 4, elapsedMs: expect.closeTo(3_000, -2) });
  });

  it("stays ready once it was, whatever the server says later [F15]", async () => {
    const scene = new Scene(["READY", "PROCESSING", "FAILED"]);
    const wait = scene.wait();
    const first = await scene.time.run(wait);
    expect(await wait).toBe(first);
    expect(await Promise.all([wait, wait.then((text) => text.length)])).toEqual([first, first.length]);
    expect(scene.looksAtMs).toHaveLength(1);
  });

  it("is not broken by a progress callback that throws or rejects", async () => {
    const scene = new Scene(["PENDING", "PENDING", "READY"]);
    const onPoll = vi.fn((state: PollState<string>) => {
      if (state.polls === 1) throw new Error("no bar");
      return Promise.reject(new Error("no bar either"));
    });
    expect(await scene.time.run(scene.wait({ onPoll }))).toContain(CANARY);
    expect(onPoll).toHaveBeenCalledTimes(3);
    expect(onPoll.mock.calls.map(([{ phase, nextPollMs }]) => [phase, nextPollMs])).toEqual([
      ["pending", 1_000],
      ["pending", 1_000],
      ["ready", undefined],
    ]);
  });

  it("surfaces a fault of its own as it is", async () => {
    const fault = new TypeError("bug");
    expect(await new Scene([fault]).failureOf()).toBe(fault);
  });
});

const after = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
