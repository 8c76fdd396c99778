import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AccessTokenProvider } from "../../../src/auth/access-token-provider.ts";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { HeidiConnectionError, HeidiTimeoutError } from "../../../src/errors.ts";
import {
  ANNA,
  type FakeApi,
  type FakeClock,
  failure,
  fakeApi,
  fakeClock,
  gate,
  HOUR_MS,
  SCOPE,
  turns,
} from "./support.ts";

let clock: FakeClock;
let api: FakeApi;
let source: AccessTokenProvider;
let warnings: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  clock = fakeClock();
  api = fakeApi(clock);
  warnings = [];
  const warn = (message: string): void => void warnings.push(message);
  source = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, warn }).forUser(ANNA);
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const broken = (): never => {
  throw new HeidiConnectionError("CANARY");
};

describe("a token near its end", () => {
  it("is used without asking for another while there are more than two minutes left", async () => {
    await source.get();
    clock.pass(HOUR_MS - 121_000);
    expect(source.peek()?.value).toBe("jwt.ehr-1.1");
    await turns();
    expect(api.asked).toHaveLength(1);
  });

  it("is renewed once in the background while callers go on with it [A16]", async () => {
    await source.get();
    clock.pass(HOUR_MS - 100_000);
    const answer = gate();
    api.before = () => answer.opened;
    const tokens = await Promise.all(Array.from({ length: 100 }, () => source.get()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["jwt.ehr-1.1"]));
    answer.open();
    await turns();
    expect(source.peek()?.value).toBe("jwt.ehr-1.2");
    expect(api.asked).toHaveLength(2);
  });

  it("stays in use when the renewal fails, which is tried again after five seconds at the earliest [A16]", async () => {
    await source.get();
    clock.pass(HOUR_MS - 100_000);
    api.before = broken;
    for (let second = 0; second < 60; second += 1) {
      expect((await source.get()).value).toBe("jwt.ehr-1.1");
      await turns(3);
      clock.pass(1_000);
    }
    expect(api.asked.length).toBe(1 + 12);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/HeidiConnectionError/);
    expect(warnings[0]).not.toMatch(/CANARY/);
  });

  it("does not hold callers up when the renewal hangs, which ends by itself and is tried again [A17]", async () => {
    await source.get();
    clock.pass(HOUR_MS - 110_000);
    api.before = (count) => (count === 2 ? new Promise(() => undefined) : undefined);
    expect((await source.get()).value).toBe("jwt.ehr-1.1");
    await turns();
    clock.pass(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(api.signals[1]?.aborted).toBe(true);
    expect((await source.get()).value).toBe("jwt.ehr-1.1");
    expect(api.asked).toHaveLength(2);
    clock.pass(5_000);
    await source.get();
    await turns();
    expect(source.peek()?.value).toBe("jwt.ehr-1.3");
  });

  it("lets a caller who must have a new one join the renewal under way, and keeps that alive for it [A17]", async () => {
    await source.get();
    clock.pass(HOUR_MS - 40_000);
    const answer = gate();
    api.before = () => answer.opened;
    await source.get();
    clock.pass(20_000);
    const must = source.get();
    await turns();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(api.signals[1]?.aborted).toBe(false);
    answer.open();
    expect((await must).value).toBe("jwt.ehr-1.2");
    expect(api.asked).toHaveLength(2);
  });

  it("is not used in its last 30 seconds: callers wait for a new one, or get a typed error [A18]", async () => {
    await source.get();
    clock.pass(HOUR_MS - 29_000);
    api.before = broken;
    expect(source.peek()).toBeUndefined();
    expect(await failure(source.get())).toBeInstanceOf(HeidiConnectionError);
    api.before = () => undefined;
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
  });

  it.each([20_000, 1_000])(
    "is used to its end when it only lives %d ms, without a storm of exchanges [A19]",
    async (lifetimeMs) => {
      api.lifetimeMs = lifetimeMs;
      await source.get();
      clock.pass(lifetimeMs * 0.79);
      for (let call = 0; call < 100; call += 1) await source.get();
      await turns();
      expect(api.asked).toHaveLength(1);
      clock.pass(lifetimeMs * 0.2);
      api.before = broken;
      for (let call = 0; call < 100; call += 1) expect((await source.get()).value).toBe("jwt.ehr-1.1");
      await turns();
      expect(api.asked).toHaveLength(2);
      clock.pass(lifetimeMs * 0.02);
      await failure(source.get());
      expect(api.asked).toHaveLength(3);
    },
  );

  it("is never served after its end, whichever way the wall clock jumped [A22]", async () => {
    await source.get();
    clock.setWall(-HOUR_MS * 10);
    clock.pass(HOUR_MS);
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    clock.setWall(HOUR_MS * 2);
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
    expect(source.peek()?.value).toBe("jwt.ehr-1.3");
  });

  it("of which the year 9999 is promised is still exchanged once a day [A23]", async () => {
    api.answer = (plain) => ({
      ...plain,
      body: { token: `jwt.${api.asked.length}`, expiration_time: "9999-12-31T00:00:00Z" },
    });
    await source.get();
    clock.pass(23 * HOUR_MS);
    expect(source.peek()?.value).toBe("jwt.1");
    clock.pass(HOUR_MS);
    expect((await source.get()).value).toBe("jwt.2");
  });

  it("is not asked for again while its user is refused, and no rejection goes unhandled", async () => {
    await source.get();
    clock.pass(HOUR_MS - 100_000);
    api.before = () => {
      throw new HeidiTimeoutError("no answer", { operation: "getJwt", outcome: "unknown" });
    };
    await source.get();
    await turns();
    expect(api.asked).toHaveLength(2);
  });
});

describe("a hook that throws", () => {
  it("does not break a call", async () => {
    const warn = (): never => {
      throw new Error("no");
    };
    const other = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, warn }).forUser(ANNA);
    await other.get();
    clock.pass(HOUR_MS - 100_000);
    api.before = broken;
    await other.get();
    await turns();
    expect((await other.get()).value).toBe("jwt.ehr-1.1");
  });
});
