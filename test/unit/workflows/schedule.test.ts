import fc from "fast-check";
import { HeidiArgumentError, HeidiPollError, HeidiRateLimitError } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { delayMs, nextDelay } from "../../../src/workflows/polling/poll-loop.ts";
import { resolveSchedule } from "../../../src/workflows/polling/schedule.ts";
import { apiParts, Scene, serverError, sightOf, VirtualTime } from "./support.ts";

const defaults = { timeoutMs: 60_000, pollTimeoutMs: 10_000 };

describe("the pauses of a wait", () => {
  it("grow from a second to a quarter of a minute, and never leave these bounds", () => {
    const schedule = resolveSchedule({}, defaults);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (looks, draw) => {
          const pause = delayMs(looks, schedule, () => draw);
          expect(pause).toBeGreaterThanOrEqual(1_000);
          expect(pause).toBeLessThanOrEqual(Math.min(15_000, 1_000 * 2 ** looks));
        },
      ),
    );
  });

  it("stay between a chosen interval and its double", async () => {
    const scene = new Scene(["PENDING"]);
    scene.time.draws = [0, 1, 0.5];
    await scene.failureOf({ intervalMs: 4_000, timeoutMs: 40_000 });
    expect(scene.pausesMs.slice(0, 3)).toEqual([4_000, 8_000, 6_000]);
  });

  it("bring 500 waits that began together apart [F12]", async () => {
    const time = new VirtualTime();
    let seed = 7;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const looksAtMs: number[] = [];
    const { signal } = new AbortController();
    const waits = Array.from({ length: 500 }, () => {
      const scene = new Scene((look) => {
        if (look > 1) looksAtMs.push(time.ms);
        return look === 8 ? "READY" : "PENDING";
      });
      Object.assign(scene.time, { inFlight: time.inFlight, nowMs: time.nowMs, sleep: time.sleep, random });
      return scene.wait({ signal, timeoutMs: 600_000 });
    });
    await time.run(Promise.all(waits));
    const histogram = new Map<number, number>();
    for (const atMs of looksAtMs)
      histogram.set(Math.floor(atMs / 250), (histogram.get(Math.floor(atMs / 250)) ?? 0) + 1);
    expect(looksAtMs).toHaveLength(500 * 7);
    // 500 second looks over a second of jitter are 125 in a quarter; a burst would be 500 in one.
    expect(Math.max(...histogram.values())).toBeLessThan(190);
  });

  it("let waits that began together look for the last time apart [F12]", () => {
    const schedule = resolveSchedule({}, defaults);
    const last = (draw: number): number | undefined =>
      nextDelay({ polls: 9, leftMs: 1_500 }, schedule, () => draw);
    expect([last(0), last(0.5), last(1)]).toEqual([500, 750, 1_000]);
  });

  it.each([
    ["intervalMs", 0],
    ["intervalMs", -1],
    ["intervalMs", Number.NaN],
    ["intervalMs", Number.POSITIVE_INFINITY],
    ["intervalMs", "1000"],
    ["maxIntervalMs", 0],
    ["timeoutMs", 0],
    ["timeoutMs", -5],
    ["timeoutMs", Number.NaN],
    ["timeoutMs", 2 ** 31],
    ["pollTimeoutMs", 0],
    ["signal", {}],
    ["signal", null],
    ["onPoll", "log"],
    ["resume", "yes"],
  ])("are refused before any request when %s is %s [F13]", async (name, value) => {
    const scene = new Scene(["READY"]);
    const error = await scene.failureOf({ [name]: value });
    expect(error).toBeInstanceOf(HeidiArgumentError);
    expect(error).toMatchObject({ argument: name, outcome: "not-sent" });
    expect((error as Error).message).toContain(`\`${name}\``);
    expect(scene.looksAtMs).toEqual([]);
  });

  it("are refused when the longest is shorter than the shortest [F13]", async () => {
    const error = await new Scene(["READY"]).failureOf({ intervalMs: 5_000, maxIntervalMs: 4_000 });
    expect(error).toMatchObject({ argument: "maxIntervalMs" });
    expect((error as Error).message).toContain("intervalMs");
  });
});

describe("a server that asks for a delay", () => {
  it("with a successful answer gets it, a little more and never less [F11]", async () => {
    const scene = new Scene([sightOf("PENDING", 5_000), sightOf("PENDING", 5_000), "READY"]);
    scene.time.draws = [0, 1];
    await scene.time.run(scene.wait());
    expect(scene.pausesMs).toEqual([5_000, 5_500]);
  });

  it("gets no more than a minute, nor a look later than just before the deadline [F11]", async () => {
    const scene = new Scene([sightOf("PENDING", 3_600_000)]);
    await scene.failureOf({ timeoutMs: 100_000 });
    expect(scene.looksAtMs).toEqual([0, 60_000, 99_000]);
  });

  it("of nothing gets the ordinary interval, not a hot loop [F11]", async () => {
    const scene = new Scene([sightOf("PENDING", 0), sightOf("PENDING", 0), "READY"]);
    await scene.time.run(scene.wait());
    expect(scene.pausesMs).toEqual([1_000, 1_000]);
  });

  it.each([429, 503])("by a %s gets all of it, also beyond a minute [F11]", async (status) => {
    const refusal =
      status === 429
        ? new HeidiRateLimitError("later", apiParts(429), { outcome: "rejected", retryAfterMs: 120_000 })
        : serverError(503, 120_000);
    const scene = new Scene([refusal, "READY"]);
    await scene.time.run(scene.wait({ timeoutMs: 600_000 }));
    expect(scene.pausesMs).toEqual([120_000]);
  });

  it("beyond the deadline ends the wait now, with the refusal as its cause [F11]", async () => {
    const refusal = serverError(503, 120_000);
    const scene = new Scene([refusal]);
    const error = await scene.failureOf({ timeoutMs: 60_000 });
    expect(error).toBeInstanceOf(HeidiPollError);
    expect(error).toMatchObject({ fault: "deadline", cause: refusal });
    expect(scene.time.ms).toBe(0);
  });
});
