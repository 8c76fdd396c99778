import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CachedToken, refreshWindowsFor } from "../../../src/auth/access-token.ts";
import { Token } from "../../../src/auth/token.ts";
import { fakeClock, HOUR_MS, START_MS } from "./support.ts";

const held = (clock: ReturnType<typeof fakeClock>, lifetimeMs: number): CachedToken =>
  new CachedToken({ token: new Token("jwt", ""), expiresAtMs: START_MS + lifetimeMs }, clock, clock.now());

describe("the time left of a token", () => {
  it("ends when its lifetime has passed", () => {
    const clock = fakeClock();
    const token = held(clock, HOUR_MS);
    clock.pass(HOUR_MS - 1);
    expect(token.remainingMs()).toBe(1);
  });

  it("does not grow when the wall clock is set back [A22]", () => {
    const clock = fakeClock();
    const token = held(clock, HOUR_MS);
    clock.pass(HOUR_MS / 2);
    clock.setWall(-24 * HOUR_MS);
    expect(token.remainingMs()).toBe(HOUR_MS / 2);
    clock.pass(HOUR_MS / 2);
    expect(token.remainingMs()).toBe(0);
  });

  it("counts what a suspended machine slept through, though its monotonic clock stood still [A22]", () => {
    const clock = fakeClock();
    const token = held(clock, HOUR_MS);
    clock.setWall(2 * HOUR_MS);
    expect(token.remainingMs()).toBeLessThan(0);
  });

  it("is never longer than either clock allows, however the clocks move [A22]", () => {
    const moves = fc.array(fc.tuple(fc.nat(HOUR_MS), fc.integer({ min: -HOUR_MS, max: HOUR_MS })));
    fc.assert(
      fc.property(moves, (steps) => {
        const clock = fakeClock();
        const token = held(clock, 12 * HOUR_MS);
        const started = clock.monotonic();
        for (const [passMs, setMs] of steps) {
          clock.pass(passMs);
          clock.setWall(setMs);
        }
        expect(token.remainingMs()).toBeLessThanOrEqual(12 * HOUR_MS - (clock.monotonic() - started));
        expect(token.remainingMs()).toBeLessThanOrEqual(START_MS + 12 * HOUR_MS - clock.now());
      }),
    );
  });

  it("is a day at most, whatever the year in expiration_time [A23]", () => {
    const clock = fakeClock();
    const token = new CachedToken(
      { token: new Token("jwt", ""), expiresAtMs: Date.UTC(9999, 0) },
      clock,
      clock.now(),
    );
    expect(token.remainingMs()).toBe(24 * HOUR_MS);
  });
});

describe("the windows in which a token is renewed", () => {
  it.each([
    [24 * HOUR_MS, 120_000, 30_000],
    [HOUR_MS, 120_000, 30_000],
    [600_000, 120_000, 30_000],
    [300_000, 60_000, 15_000],
    [20_000, 4_000, 0],
    [1_000, 200, 0],
  ])(
    "of one that lives %d ms begin %d and %d ms before its end [A19]",
    (lifetimeMs, refreshWindowMs, forcedRefreshWindowMs) => {
      expect(refreshWindowsFor(lifetimeMs)).toEqual({ refreshWindowMs, forcedRefreshWindowMs });
    },
  );

  it("never take more than a fifth of its life [A19]", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 * HOUR_MS }), (lifetimeMs) => {
        const { refreshWindowMs, forcedRefreshWindowMs } = refreshWindowsFor(lifetimeMs);
        expect(refreshWindowMs).toBeLessThanOrEqual(lifetimeMs / 5);
        expect(forcedRefreshWindowMs).toBeLessThan(refreshWindowMs);
      }),
    );
  });
});
