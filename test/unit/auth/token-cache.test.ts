import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ApiErrorParts,
  HeidiAuthenticationError,
  HeidiPermissionError,
} from "../../../src/api-errors.ts";
import { createTokenCache, type TokenCache, type TokenCacheOptions } from "../../../src/auth/token-cache.ts";
import { HeidiAbortError, HeidiConnectionError, HeidiTimeoutError } from "../../../src/errors.ts";
import {
  ANNA,
  BEN,
  type FakeApi,
  type FakeClock,
  failure,
  fakeApi,
  fakeClock,
  gate,
  SCOPE,
  turns,
} from "./support.ts";

interface Setup {
  readonly clock: FakeClock;
  readonly api: FakeApi;
  readonly cache: TokenCache;
}

function setup(options: Partial<TokenCacheOptions> = {}): Setup {
  const clock = fakeClock();
  const api = fakeApi(clock);
  return { clock, api, cache: createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, ...options }) };
}

const parts = (status: number): ApiErrorParts => ({
  status,
  headers: new Headers(),
  type: undefined,
  detail: undefined,
  body: "",
});

describe("many callers", () => {
  it("of one user share one exchange when there is no token yet [A1]", async () => {
    const { api, cache } = setup();
    const calls = Array.from({ length: 1000 }, () => cache.forUser(ANNA).get());
    const tokens = new Set((await Promise.all(calls)).map(({ value }) => value));
    expect([...tokens]).toEqual(["jwt.ehr-1.1"]);
    expect(api.asked).toEqual([ANNA]);
  });

  it("of ten users make ten exchanges, and each gets its user's token [A2]", async () => {
    const { api, cache } = setup();
    const calls = Array.from({ length: 1000 }, async (_, call) => {
      const thirdPartyInternalId = `ehr-${call % 10}`;
      const token = await cache.forUser({ email: "same@clinic.example", thirdPartyInternalId }).get();
      return token.value.startsWith(`jwt.${thirdPartyInternalId}.`);
    });
    expect((await Promise.all(calls)).every(Boolean)).toBe(true);
    expect(api.asked).toHaveLength(10);
  });

  it("of two clients share nothing, even for the same user at the same time [A3]", async () => {
    const first = setup();
    const second = setup({ scope: { ...SCOPE, apiKey: "another" } });
    await Promise.all([first.cache.forUser(ANNA).get(), second.cache.forUser(ANNA).get()]);
    expect([first.api.asked.length, second.api.asked.length]).toEqual([1, 1]);
  });

  it("never get the token of a user whose e-mail and id only look alike [A4]", async () => {
    const { api, cache } = setup();
    api.answer = (plain) => {
      const body = { token: `jwt.${api.asked.length}`, expiration_time: "2024-08-01T01:00:00Z" };
      return { ...plain, body };
    };
    const odd = fc.constantFrom(
      "",
      " ",
      "a",
      "A",
      "a ",
      "|",
      ":",
      '"',
      ",",
      "\\",
      "\u00e9",
      "e\u0301",
      "\ud800",
      "\\ud800",
      "\0",
    );
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 4 }),
      fc.array(odd, { maxLength: 4 }).map((p) => p.join("")),
    );
    const identity = fc.record({ email: text, thirdPartyInternalId: text });
    await fc.assert(
      fc.asyncProperty(identity, identity, async (one, other) => {
        const same = one.email === other.email && one.thirdPartyInternalId === other.thirdPartyInternalId;
        const tokens = await Promise.all([cache.forUser(one).get(), cache.forUser(other).get()]);
        expect(tokens[0] === tokens[1]).toBe(same);
      }),
    );
  });

  it("all get the same typed error when the exchange fails, and the next call starts afresh [A6]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const broken = new HeidiConnectionError("The connection broke.", {
      operation: "getJwt",
      outcome: "unknown",
    });
    api.before = (count) => {
      if (count === 1) throw broken;
    };
    const errors = await Promise.all(Array.from({ length: 1000 }, () => failure(source.get())));
    expect(new Set(errors)).toEqual(new Set([broken]));
    expect(api.asked).toHaveLength(1);
    // The exchange may have reached the server; the call that needed a token certainly did not.
    expect(broken.outcome).toBe("not-sent");
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
  });

  it("do the waiting for a busy API once per user and not once per caller [A14]", async () => {
    const { api, cache } = setup();
    const backoff = gate();
    api.before = () => backoff.opened;
    const calls = Array.from({ length: 100 }, () => cache.forUser(ANNA).get());
    await turns();
    expect(api.asked).toHaveLength(1);
    backoff.open();
    await Promise.all(calls);
    expect(api.asked).toHaveLength(1);
  });

  it("do not change the token that one of them took for its call", async () => {
    const { cache } = setup();
    const source = cache.forUser({ ...ANNA });
    const [token, again] = [await source.get(), source.peek()];
    expect(again).toBe(token);
  });
});

describe("a caller who gives up", () => {
  it("is told so at once while the others get their token [A7]", async () => {
    const { api, cache } = setup();
    const answer = gate();
    api.before = () => answer.opened;
    const controller = new AbortController();
    const reason = new Error("the user left");
    const impatient = failure(cache.forUser(ANNA).get({ signal: controller.signal }));
    const patient = cache.forUser(ANNA).get({ signal: new AbortController().signal });
    await turns();
    controller.abort(reason);
    const error = await impatient;
    expect(error).toBeInstanceOf(HeidiAbortError);
    expect(error).toMatchObject({ cause: reason, outcome: "not-sent" });
    expect(api.signals[0]?.aborted).toBe(false);
    answer.open();
    expect((await patient).value).toBe("jwt.ehr-1.1");
  });

  it("gets the SDK's own reason unchanged, such as a deadline", async () => {
    const { api, cache } = setup();
    api.before = () => new Promise(() => undefined);
    const controller = new AbortController();
    const late = new HeidiTimeoutError("too late");
    const waiting = failure(cache.forUser(ANNA).get({ signal: controller.signal }));
    controller.abort(late);
    expect(await waiting).toBe(late);
  });

  it("ends the exchange when it was the last one, in silence, and the next call starts afresh [A8]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const answer = gate();
    api.before = async (count) => {
      if (count > 1) return;
      await answer.opened;
      throw new HeidiConnectionError("closed while nobody listens");
    };
    const controllers = [new AbortController(), new AbortController()];
    const waiting = controllers.map(({ signal }) => failure(source.get({ signal })));
    await turns();
    for (const controller of controllers) controller.abort();
    await Promise.all(waiting);
    expect(api.signals[0]?.aborted).toBe(true);
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    answer.open(); // its failure now concerns nobody; an unhandled rejection would fail the run
    await turns();
    expect(source.peek()?.value).toBe("jwt.ehr-1.2");
  });

  it("leaves no listener on its signal behind, whatever happened", async () => {
    const { api, cache, clock } = setup();
    const controller = new AbortController();
    const { signal } = controller;
    await cache.forUser(ANNA).get({ signal });
    clock.pass(7_200_000);
    api.before = () => {
      throw new HeidiConnectionError("no");
    };
    await failure(cache.forUser(ANNA).get({ signal }));
    await turns();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("before it began causes no exchange", async () => {
    const { api, cache } = setup();
    expect(await failure(cache.forUser(ANNA).get({ signal: AbortSignal.abort() }))).toBeInstanceOf(
      HeidiAbortError,
    );
    await turns();
    expect(api.asked).toHaveLength(0);
  });
});

describe("a token that the API refused", () => {
  it("is exchanged once and the call gets the new one [A9]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    source.refuse(old);
    expect(source.peek()).toBeUndefined();
    expect((await source.get()).value).toBe("jwt.ehr-1.2");
    expect(api.asked).toHaveLength(2);
  });

  it("costs one more exchange and no loop when the new one is refused as well [A10]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    source.refuse(await source.get());
    source.refuse(await source.get());
    await turns();
    expect(api.asked).toHaveLength(2);
  });

  it("by 200 calls at once is exchanged once [A11]", async () => {
    const { api, cache } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    const replays = Array.from({ length: 200 }, async (_, call) => {
      await turns(call % 7); // the 401s arrive before, during and after the exchange that the first one causes
      source.refuse(old);
      return (source.peek() ?? (await source.get())).value;
    });
    expect(new Set(await Promise.all(replays))).toEqual(new Set(["jwt.ehr-1.2"]));
    expect(api.asked).toHaveLength(2);
  });

  it("is not replaced by an exchange that had begun before the refusal [A15]", async () => {
    const { api, cache, clock } = setup();
    const source = cache.forUser(ANNA);
    const old = await source.get();
    const answer = gate();
    api.before = (count) => (count === 2 ? answer.opened : undefined);
    clock.pass(3_600_000 - 20_000);
    const waiting = source.get(); // joins the exchange that is due
    await turns();
    source.refuse(old);
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
    answer.open();
    expect((await waiting).value).toBe("jwt.ehr-1.2");
    expect(source.peek()?.value).toBe("jwt.ehr-1.3");
  });
});

describe("an exchange that the API refuses", () => {
  it.each([
    [401, new HeidiAuthenticationError("refused", parts(401))],
    [403, new HeidiPermissionError("forbidden", parts(403))],
  ])("with %d is not asked again for a minute, and then is [A13]", async (_, refused) => {
    const { api, cache, clock } = setup();
    const source = cache.forUser(ANNA);
    api.before = () => {
      throw refused;
    };
    expect(await failure(source.get())).toBe(refused);
    clock.pass(59_000);
    expect(await failure(source.get())).toBe(refused);
    expect(api.asked).toHaveLength(1);
    api.before = () => undefined;
    expect((await cache.forUser(BEN).get()).value).toBe("jwt.ehr-2.2"); // another user is not held liable
    clock.pass(1_000);
    expect((await source.get()).value).toBe("jwt.ehr-1.3");
  });

  it("for another reason is asked again by the next call", async () => {
    const { api, cache } = setup();
    api.before = (count) => {
      if (count === 1) throw new HeidiConnectionError("gone");
    };
    await failure(cache.forUser(ANNA).get());
    await cache.forUser(ANNA).get();
    expect(api.asked).toHaveLength(2);
  });
});

describe("closing", () => {
  it("aborts the exchange, rejects who waits and refuses later calls", async () => {
    const { api, cache } = setup();
    await cache.forUser(BEN).get();
    api.before = () => new Promise(() => undefined);
    const waiting = failure(cache.forUser(ANNA).get());
    await turns();
    cache.close();
    cache.close();
    expect(await waiting).toBeInstanceOf(HeidiAbortError);
    expect(api.signals.at(-1)?.aborted).toBe(true);
    expect(cache.forUser(BEN).peek()).toBeUndefined();
    expect(await failure(cache.forUser(BEN).get())).toBeInstanceOf(HeidiAbortError);
    expect(cache.size).toBe(0);
  });
});

describe("printing the cache", () => {
  it("shows no key, token, e-mail or id", async () => {
    const { cache } = setup();
    const source = cache.forUser(ANNA);
    await source.get();
    const printed = [cache, source].map((value) =>
      inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    );
    for (const secret of [SCOPE.apiKey, "jwt.", ANNA.email, ANNA.thirdPartyInternalId])
      expect(printed.join("\n") + JSON.stringify([cache, source])).not.toContain(secret);
  });
});
