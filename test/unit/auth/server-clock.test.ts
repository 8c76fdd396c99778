import { describe, expect, it } from "vitest";
import { measureSkewMs, ServerClock } from "../../../src/auth/server-clock.ts";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { HeidiDecodeError } from "../../../src/errors.ts";
import { ANNA, failure, fakeApi, fakeClock, HOUR_MS, SCOPE, START_MS } from "./support.ts";

const MINUTE_MS = 60_000;
const httpDate = (ms: number): string => new Date(ms).toUTCString();

describe("the server's clock", () => {
  it.each([
    [0, 0],
    [3 * MINUTE_MS, 0],
    [-3 * MINUTE_MS, 0],
    [10 * MINUTE_MS, 10 * MINUTE_MS + 1_020],
    [-10 * MINUTE_MS, -10 * MINUTE_MS + 1_020],
    [-24 * HOUR_MS, -24 * HOUR_MS + 1_020],
  ])("that differs by %d ms counts as ahead by %d ms [A21]", (differenceMs, skewMs) => {
    const answer = { date: httpDate(START_MS + differenceMs), age: null, roundTripMs: 20 };
    expect(measureSkewMs(answer, START_MS)).toBe(skewMs);
  });

  it("is not called behind when the answer was long on its way [A21]", () => {
    const answer = { date: httpDate(START_MS - 10 * MINUTE_MS), age: null, roundTripMs: 8 * MINUTE_MS };
    expect(measureSkewMs(answer, START_MS)).toBe(0);
  });

  const date = httpDate(START_MS + HOUR_MS);
  it.each([
    ["an answer out of a cache", { date, age: "12", roundTripMs: 20 }],
    ["an answer with an empty Age", { date, age: "", roundTripMs: 20 }],
    ["an answer that took over 15 minutes", { date, age: null, roundTripMs: 901_000 }],
    ["an unknown duration", { date, age: null, roundTripMs: Number.NaN }],
    ["no Date", { date: null, age: null, roundTripMs: 20 }],
    ["an ISO date", { date: new Date(START_MS).toISOString(), age: null, roundTripMs: 20 }],
    ["an impossible date", { date: "Thu, 99 Aug 2024 00:00:00 GMT", age: null, roundTripMs: 20 }],
    ["words", { date: "yesterday", age: null, roundTripMs: 20 }],
  ])("is not learned from %s [A21]", (_, answer) => {
    expect(measureSkewMs(answer, START_MS)).toBeUndefined();
  });

  it("is forgotten when this machine's clock is set [A21][A22]", () => {
    const clock = fakeClock();
    const serverClock = new ServerClock(clock);
    serverClock.learn({ date: httpDate(START_MS + HOUR_MS), roundTripMs: 0 });
    clock.pass(10 * MINUTE_MS);
    expect(serverClock.now()).toBe(START_MS + HOUR_MS + 10 * MINUTE_MS + 1000);
    clock.setWall(HOUR_MS);
    expect(serverClock.now()).toBe(clock.now());
  });

  it.each([10 * MINUTE_MS, -10 * MINUTE_MS, 24 * HOUR_MS])(
    "decides how long a token lives when it differs by %d ms [A21]",
    async (differenceMs) => {
      const clock = fakeClock();
      const api = fakeApi(clock);
      api.answer = (plain) => {
        const serverNow = clock.now() + differenceMs;
        const token = `jwt.${api.asked.length}`;
        const body = { token, expiration_time: new Date(serverNow + HOUR_MS).toISOString() };
        return { ...plain, body, date: httpDate(serverNow) };
      };
      const source = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock }).forUser(ANNA);
      await source.get();
      clock.pass(HOUR_MS - 3 * MINUTE_MS);
      expect(source.peek()?.value).toBe("jwt.1");
      clock.pass(3 * MINUTE_MS);
      expect((await source.get()).value).toBe("jwt.2");
    },
  );

  it("is the only thing that makes an already expired token usable [A20]", async () => {
    const clock = fakeClock();
    const api = fakeApi(clock, -MINUTE_MS);
    const source = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock }).forUser(ANNA);
    const error = await failure(source.get());
    expect(error).toBeInstanceOf(HeidiDecodeError);
    expect(error.message).toMatch(/already expired/);
    expect(error.message).toMatch(/clock/);
    expect(api.asked).toHaveLength(1);
    expect(source.peek()).toBeUndefined();

    api.answer = (plain) => ({ ...plain, date: httpDate(clock.now() - HOUR_MS) });
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    expect(source.peek()).toBeDefined();
  });
});
