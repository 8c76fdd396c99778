import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { TokenCipher } from "../../../src/auth/token-cipher.ts";
import { MapStore } from "./map-store.ts";
import { api, clock, process, warnings } from "./processes.ts";
import { ANNA, BEN, HOUR_MS, SCOPE } from "./support.ts";

describe("a shared token store", () => {
  it("saves other processes the exchange", async () => {
    const store = new MapStore();
    const first = await process(store).get();
    const second = await process(store).get();
    expect(second.value).toBe(first.value);
    expect(second.expirationTime).toBe(first.expirationTime);
    expect(api.asked).toHaveLength(1);
  });

  it("keeps nothing for other users, hosts or API keys [A3]", async () => {
    const store = new MapStore();
    await process(store).get();
    await process(store, BEN).get();
    await process(store, ANNA, { scope: { ...SCOPE, apiKey: "another" } }).get();
    await process(store, ANNA, { scope: { ...SCOPE, baseUrl: "https://other.example" } }).get();
    expect(api.asked).toHaveLength(4);
    expect(store.rows.size).toBe(4);
  });

  it("has a distinct key for every distinct user, host and API key [A4]", async () => {
    const odd = fc.constantFrom(
      "",
      "a",
      "A",
      "a ",
      "|",
      ",",
      '"',
      "\u00e9",
      "e\u0301",
      "\ud800",
      "\\ud800",
      "\ufffd",
    );
    const text = fc.oneof(
      odd,
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.array(odd).map((p) => p.join("")),
    );
    const parts = fc.tuple(text, text, text, text);
    const keyOf = async ([baseUrl, apiKey, email, thirdPartyInternalId]: [string, string, string, string]) =>
      TokenCipher.for({ baseUrl, apiKey })?.keyFor({ email, thirdPartyInternalId });
    await fc.assert(
      fc.asyncProperty(parts, parts, async (one, other) => {
        const [key, otherKey] = [await keyOf(one), await keyOf(other)];
        expect(key === otherKey).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it("sees no key, identity, token or secret in clear [A5]", async () => {
    const store = new MapStore();
    const token = await process(store).get();
    const [key, { value }] = store.only();
    expect(key).toMatch(/^heidi-token-v1:[\w-]{43}$/);
    for (const secret of [SCOPE.apiKey, ANNA.email, ANNA.thirdPartyInternalId, token.value, "jwt"]) {
      expect(`${key} ${String(value)} ${atob(String(value))}`).not.toContain(secret);
    }
  });

  it("gets every entry with a time to live that ends before the token's renewal is due [A34]", async () => {
    for (const lifetimeMs of [48 * HOUR_MS, HOUR_MS, 60_000, 1_000]) {
      const store = new MapStore();
      api.lifetimeMs = lifetimeMs;
      await process(store).get();
      const { ttlMs } = store.only()[1];
      expect(ttlMs).toBe(Math.min(lifetimeMs, 24 * HOUR_MS) - Math.min(120_000, lifetimeMs / 5));
      expect(Number.isSafeInteger(ttlMs)).toBe(true);
    }
  });

  it("is not believed about a token that is due for renewal, even if it forgot the time to live [A34]", async () => {
    const store = new MapStore();
    await process(store).get();
    clock.pass(HOUR_MS - 119_000);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.2");
    expect(warnings).toEqual([]);
  });

  it("cannot make a process whose clock is behind use a token beyond its end", async () => {
    const store = new MapStore();
    await process(store).get();
    clock.setWall(-HOUR_MS);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.2");
  });

  it("does not bring back a token that the API refused", async () => {
    const store = new MapStore();
    const [here, there] = [process(store), process(store)];
    const old = await here.get();
    await there.get();
    here.invalidate(old);
    expect((await here.get()).value).toBe("jwt.ehr-1.2");
    there.invalidate(old);
    expect((await there.get()).value).toBe("jwt.ehr-1.2"); // the other process's new one
    expect(api.asked).toHaveLength(2);
  });

  it("is rid of a refused token even if no new one can be had", async () => {
    const store = new MapStore();
    const source = process(store);
    source.invalidate(await source.get());
    api.before = () => {
      throw new Error("down");
    };
    await source.get().catch(() => undefined);
    expect(store.rows.size).toBe(0);
  });

  it("is read once per user whatever the number of callers [A32]", async () => {
    const store = new MapStore();
    const source = process(store);
    await Promise.all(Array.from({ length: 1000 }, () => source.get()));
    expect(store.calls).toEqual({ get: 1, set: 1, delete: 0 });
  });

  it("is not used where the runtime has no WebCrypto, which is said once", async () => {
    vi.stubGlobal("crypto", {});
    const store = new MapStore();
    await process(store).get();
    expect(store.calls).toEqual({ get: 0, set: 0, delete: 0 });
    expect(warnings).toEqual([expect.stringMatching(/WebCrypto/)]);
  });
});
