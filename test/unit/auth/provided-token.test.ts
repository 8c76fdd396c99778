import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HeidiAuthenticationError } from "../../../src/api-errors.ts";
import { createProvidedToken, type TokenResponse } from "../../../src/auth/provided-token.ts";
import {
  HeidiAbortError,
  HeidiConfigurationError,
  HeidiDecodeError,
  HeidiTimeoutError,
} from "../../../src/errors.ts";
import { failure, fakeClock, HOUR_MS, START_MS, turns } from "./support.ts";

const inOneHour = new Date(START_MS + HOUR_MS).toISOString();
const SECRET = "CANARY";

afterEach(() => {
  vi.useRealTimers();
});

/** What a provider written without types may do. */
const untyped = (provide: () => unknown): (() => TokenResponse) => provide as () => TokenResponse;

describe("a token provider", () => {
  it("is asked once for any number of calls, and again when the token ends [A36]", async () => {
    const clock = fakeClock();
    let asked = 0;
    const source = createProvidedToken(
      async () => {
        asked += 1;
        return { token: `jwt.${asked}`, expiration_time: new Date(clock.now() + HOUR_MS).toISOString() };
      },
      { clock },
    );
    expect(source.renewable).toBe(true);
    const tokens = await Promise.all(Array.from({ length: 100 }, () => source.get()));
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["jwt.1"]));
    clock.pass(HOUR_MS);
    expect((await source.get()).value).toBe("jwt.2");
    source.invalidate(await source.get());
    expect(source.peek()).toBeUndefined();
    expect((await source.get()).value).toBe("jwt.3");
  });

  it("may answer without a promise [A36]", async () => {
    const source = createProvidedToken(() => ({ token: "jwt", expiration_time: inOneHour }), {
      clock: fakeClock(),
    });
    expect(await source.get()).toMatchObject({ value: "jwt", expirationTime: inOneHour });
  });

  it.each([
    ["rejects", async () => Promise.reject(new Error("no session"))],
    [
      "throws",
      () => {
        throw new Error("no session");
      },
    ],
    ["throws what is no error", () => Promise.reject(JSON.parse('"no"'))],
  ])(
    "that %s fails the call with a typed error, and is asked again by the next [A36]",
    async (_, provide) => {
      let asked = 0;
      const source = createProvidedToken(
        untyped(() => {
          asked += 1;
          return provide();
        }),
        { clock: fakeClock() },
      );
      for (const times of [1, 2]) {
        expect(await failure(source.get())).toBeInstanceOf(HeidiConfigurationError);
        expect(asked).toBe(times);
      }
    },
  );

  it("that fails with an error of this SDK has that error passed on [A36]", async () => {
    const own = new HeidiTimeoutError("upstream", { operation: "getJwt", attempts: 2 });
    const source = createProvidedToken(() => Promise.reject(own), { clock: fakeClock() });
    const error = await failure(source.get());
    expect(error).toBeInstanceOf(HeidiTimeoutError);
    expect(error).toMatchObject({ message: own.message, operation: "getJwt", attempts: 2 });
    expect(await failure(source.get())).not.toBe(error);
  });

  it.each([
    ["an empty text", ""],
    ["a text", SECRET],
    ["nothing", undefined],
    ["null", null],
    ["an empty token", { token: "", expiration_time: inOneHour }],
    ["a token with a line break", { token: `${SECRET}\n`, expiration_time: inOneHour }],
    ["no time", { token: SECRET }],
    ["a time that is none", { token: SECRET, expiration_time: SECRET }],
    ["an array", [SECRET]],
  ])("that brings %s fails the call with a typed error that does not quote it [A36]", async (_, answer) => {
    const source = createProvidedToken(
      untyped(() => answer),
      { clock: fakeClock() },
    );
    const error = await failure(source.get());
    expect(error).toBeInstanceOf(HeidiConfigurationError);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(source.peek()).toBeUndefined();
  });

  it("that brings an expired token fails the call with a typed error [A36]", async () => {
    const clock = fakeClock();
    const source = createProvidedToken(() => ({ token: "jwt", expiration_time: inOneHour }), { clock });
    clock.pass(2 * HOUR_MS);
    expect(await failure(source.get())).toBeInstanceOf(HeidiDecodeError);
  });

  it("that hangs fails the call after its time, and is asked again by the next [A36]", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked = 0;
    const source = createProvidedToken(
      () => {
        asked += 1;
        return asked === 1 ? new Promise(() => undefined) : { token: "jwt", expiration_time: inOneHour };
      },
      { clock: fakeClock(), timeoutMs: 5_000 },
    );
    const waiting = failure(source.get());
    await turns();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await waiting).toBeInstanceOf(HeidiTimeoutError);
    expect((await source.get()).value).toBe("jwt");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not waited for after the client was closed", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const source = createProvidedToken(() => new Promise(() => undefined), { clock: fakeClock() });
    const waiting = failure(source.get());
    await turns();
    source.close();
    expect(await waiting).toBeInstanceOf(HeidiAbortError);
    expect(await failure(source.get())).toBeInstanceOf(HeidiAbortError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that hangs holds the process no longer than a caller waits for it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const source = createProvidedToken(() => new Promise(() => undefined), { clock: fakeClock() });
    const controller = new AbortController();
    const waiting = failure(source.get({ signal: controller.signal }));
    await turns();
    expect(vi.getTimerCount()).toBe(1);
    controller.abort();
    expect(await waiting).toBeInstanceOf(HeidiAbortError);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a fixed JWT", () => {
  const claims = (payload: string): string => `e30.${Buffer.from(payload).toString("base64url")}.c2ln`;

  it("is used as it is, without a request and whatever its expiry", async () => {
    const jwt = claims(JSON.stringify({ exp: START_MS / 1000 - 5, name: "Zoë" }));
    const source = createProvidedToken(jwt, { clock: fakeClock() });
    expect(source.renewable).toBe(false);
    expect(source.peek()).toMatchObject({ value: jwt, expirationTime: "2024-07-31T23:59:55.000Z" });
    expect(await source.get()).toBe(source.peek());
  });

  it.each([
    "opaque",
    "a.b.c",
    claims("null"),
    claims('{"exp":"soon"}'),
    claims('{"exp":1e300}'),
    claims("{"),
  ])("that does not say when it ends (%s) is used all the same", (jwt) => {
    expect(createProvidedToken(jwt, { clock: fakeClock() }).peek()).toMatchObject({
      value: jwt,
      expirationTime: "",
    });
  });

  it("that the API refused answers calls with a typed error for a minute, then may try again", async () => {
    const clock = fakeClock();
    const source = createProvidedToken(SECRET, { clock });
    source.invalidate(await source.get());
    const error = await failure(source.get());
    expect(error).toBeInstanceOf(HeidiAuthenticationError);
    expect(error).toMatchObject({ status: 401, outcome: "rejected" });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(SECRET);
    expect(source.peek()).toBeUndefined();
    clock.pass(60_000);
    expect(source.peek()?.value).toBe(SECRET);
  });

  it.each(["", " ", `${SECRET}\n`, `Bearer ${SECRET}`, undefined, null, 7, {}])(
    "must be sendable, and %j is not",
    (jwt) => {
      const make = (): unknown => createProvidedToken(jwt as string);
      expect(make).toThrow(HeidiConfigurationError);
      expect(make).not.toThrow(SECRET);
    },
  );

  it("is of no use after the client was closed", async () => {
    const source = createProvidedToken("jwt", { clock: fakeClock() });
    source.close();
    expect(await failure(source.get())).toBeInstanceOf(HeidiAbortError);
  });
});
