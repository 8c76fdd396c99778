import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeidiConnectionError } from "../../../src/errors.ts";
import { ANNA, failure, gate, SCOPE, setup, turns } from "./support.ts";

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

  it("each get an equal typed error of their own when the exchange fails, and the next call starts afresh [A6]", async () => {
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
    expect(new Set(errors).size).toBe(1000);
    expect(api.asked).toHaveLength(1);
    // The exchange may have reached the server; the call that needed a token certainly did not.
    for (const error of errors) {
      expect(error).toBeInstanceOf(HeidiConnectionError);
      expect(error).toMatchObject({ message: broken.message, operation: "getJwt", outcome: "not-sent" });
    }
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
