import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  backoffMs,
  decideRetry,
  type Failure,
  parseRetryAfter,
  RETRY_AFTER_CAP_MS,
  RetryBudget,
  shouldRetry,
} from "../../../src/http/retry.ts";

const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const NO_LIMITS = { attempt: 1, maxRetries: 2, remainingMs: Number.POSITIVE_INFINITY };
const half = (): number => 0.5;
const answered = (status: number, retryAfterMs?: number): Failure => ({
  outcome: status >= 400 && status < 500 ? "rejected" : "unknown",
  status,
  permanent: false,
  retryAfterMs,
});

describe("the Retry-After grammar", () => {
  it("takes whole seconds", () => {
    expect(parseRetryAfter("0", NOW)).toBe(0);
    expect(parseRetryAfter("7", NOW)).toBe(7_000);
    expect(parseRetryAfter("007", NOW)).toBe(7_000);
  });

  it("waits until a date in the future, and not at all for one in the past [B24]", () => {
    expect(parseRetryAfter("Thu, 15 Jan 2026 12:00:05 GMT", NOW)).toBe(5_000);
    expect(parseRetryAfter("Thu, 15 Jan 2026 11:59:55 GMT", NOW)).toBe(0);
    expect(parseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", NOW)).toBe(0);
  });

  it.each([
    [""],
    [" "],
    ["abc"],
    ["-5"],
    ["+5"],
    ["1.5"],
    ["0x10"],
    ["1e9"],
    ["Infinity"],
    ["NaN"],
    ["3 seconds"],
    ["5, 7"],
    ["2026-01-15T12:00:05Z"],
    ["15 Jan 2026 12:00:05 GMT"],
    ["Thu, 15 Jan 2026 12:00:05 +0000"],
    ["Thursday, 15-Jan-26 12:00:05 GMT"],
    ["Thu Jan 15 12:00:05 2026"],
    ["Thu, 15 Jan 2026 12:00:05 GMT, 5"],
    ["Thu, 99 Jan 2026 12:00:05 GMT"],
    ["Thu, 15 Jan 2026 99:00:05 GMT"],
    ["٣"],
  ])("does not obey %j by guess [B25]", (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });

  it("has nothing to say without a header", () => {
    expect(parseRetryAfter(null, NOW)).toBeUndefined();
    expect(parseRetryAfter(undefined, NOW)).toBeUndefined();
  });

  it("never gives a negative or NaN delay, whatever the header [B25]", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const delayMs = parseRetryAfter(value, NOW);
        expect(delayMs === undefined || delayMs >= 0).toBe(true);
      }),
    );
  });
});

describe("back-off", () => {
  it("stays within its cap and uses all of it evenly [B33]", () => {
    for (const [attempt, capMs] of [
      [1, 500],
      [2, 1_000],
      [3, 2_000],
      [5, 8_000],
      [50, 8_000],
    ] as const) {
      const random = seeded(attempt);
      const delays = Array.from({ length: 10_000 }, () => backoffMs(attempt, random));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(capMs);
      const meanMs = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
      expect(Math.abs(meanMs - capMs / 2)).toBeLessThan(capMs * 0.02);
    }
  });

  it("is a whole number of milliseconds that a timer accepts, at any attempt [B33]", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, r) => {
          const delayMs = backoffMs(n, () => r);
          expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= 8_000).toBe(true);
        },
      ),
    );
  });
});

describe("the retry decision", () => {
  it("waits exactly as long as the server asks [B23]", () => {
    expect(decideRetry("once", answered(429, 7_000), NO_LIMITS, half)).toEqual({
      retry: true,
      delayMs: 7_000,
    });
    expect(decideRetry("safe", answered(503, 7_000), NO_LIMITS, half)).toEqual({
      retry: true,
      delayMs: 7_000,
    });
  });

  it.each([
    ["9999999999 seconds", "9999999999"],
    ["the year 2099", "Thu, 15 Jan 2099 12:00:00 GMT"],
    ["more digits than a number holds", "9".repeat(400)],
  ])("never returns early when asked to wait for %s [B26]", (_, header) => {
    const asked = parseRetryAfter(header, NOW);
    expect(asked).toBeGreaterThan(RETRY_AFTER_CAP_MS);
    expect(decideRetry("safe", answered(429, asked), NO_LIMITS, half)).toEqual({ retry: false });
  });

  it("gives up at once when the wait would outlast the deadline [B27]", () => {
    const limits = { ...NO_LIMITS, remainingMs: 4_999 };
    expect(decideRetry("safe", answered(429, 5_000), limits, half)).toEqual({ retry: false });
    expect(decideRetry("safe", answered(429, 4_000), limits, half)).toEqual({ retry: true, delayMs: 4_000 });
    expect(decideRetry("safe", answered(500), { ...NO_LIMITS, remainingMs: 100 }, half)).toEqual({
      retry: false,
      late: true,
    });
  });

  it("repeats a create only on proof that the server did not act [C1]", () => {
    for (let status = 200; status < 600; status += 1) {
      const repeats = shouldRetry("once", answered(status));
      expect([status, repeats]).toEqual([status, [421, 425, 429].includes(status)]);
    }
    for (const [outcome, repeats] of [
      ["not-sent", true],
      ["unknown", false],
      ["processed", false],
    ] as const) {
      const failure: Failure = { outcome, status: undefined, permanent: false, retryAfterMs: undefined };
      expect([outcome, shouldRetry("once", failure)]).toEqual([outcome, repeats]);
    }
  });

  it("never repeats what cannot pass, and never more often than allowed", () => {
    const broken: Failure = {
      outcome: "not-sent",
      status: undefined,
      permanent: true,
      retryAfterMs: undefined,
    };
    expect(decideRetry("safe", broken, NO_LIMITS, half)).toEqual({ retry: false });
    expect(decideRetry("safe", answered(503), { ...NO_LIMITS, attempt: 3 }, half)).toEqual({ retry: false });
    expect(decideRetry("safe", answered(503), { ...NO_LIMITS, maxRetries: 0 }, half)).toEqual({
      retry: false,
    });
    expect(decideRetry("costly", answered(503), { ...NO_LIMITS, attempt: 2 }, half)).toEqual({
      retry: false,
    });
  });

  it("has the same answer for every class of operation and status [B47]", () => {
    const table = [
      400, 401, 403, 404, 408, 409, 413, 421, 422, 425, 429, 499, 500, 501, 502, 503, 504, 505, 520, 521, 522,
      523, 524,
    ];
    const repeated = (retryClass: "safe" | "costly" | "idempotent" | "once"): number[] =>
      table.filter((status) => shouldRetry(retryClass, answered(status)));
    const passing = [408, 421, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];
    expect(repeated("safe")).toEqual(passing);
    expect(repeated("costly")).toEqual(passing);
    expect(repeated("idempotent")).toEqual(passing);
    expect(repeated("once")).toEqual([421, 425, 429]);
  });
});

describe("the retry budget", () => {
  it("is used up by 50 retries, and a retry's success earns its price back [B31]", () => {
    const budget = new RetryBudget();
    const spent = Array.from({ length: 60 }, () => budget.spend());
    expect(spent.filter(Boolean)).toHaveLength(50);
    budget.earn(true);
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
  });

  it("earns slowly from first-try successes, and never more than it began with [B31]", () => {
    const budget = new RetryBudget();
    for (let count = 0; count < 50; count += 1) budget.spend();
    for (let count = 0; count < 9; count += 1) budget.earn(false);
    expect(budget.spend()).toBe(false);
    budget.earn(false);
    expect(budget.spend()).toBe(true);
    for (let count = 0; count < 10_000; count += 1) budget.earn(true);
    expect(Array.from({ length: 60 }, () => budget.spend()).filter(Boolean)).toHaveLength(50);
  });
});

// A small generator with a seed, so that a failure can be repeated.
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
