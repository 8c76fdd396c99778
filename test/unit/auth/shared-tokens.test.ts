import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Seal } from "../../../src/auth/seal.ts";
import type { Identity, TokenSource } from "../../../src/auth/source.ts";
import type { TokenStore } from "../../../src/auth/store.ts";
import { createTokenCache, type TokenCacheOptions } from "../../../src/auth/token-cache.ts";
import {
  ANNA,
  BEN,
  type FakeApi,
  type FakeClock,
  fakeApi,
  fakeClock,
  HOUR_MS,
  SCOPE,
  turns,
  until,
} from "./support.ts";

interface Row {
  value: unknown;
  ttlMs: number;
}

/** A store that keeps rows as they are and counts calls. */
class MapStore implements TokenStore {
  readonly rows = new Map<string, Row>();
  readonly calls = { get: 0, set: 0, delete: 0 };

  get(key: string): unknown {
    this.calls.get += 1;
    return this.rows.get(key)?.value;
  }

  set(key: string, value: unknown, ttlMs: number): unknown {
    this.calls.set += 1;
    this.rows.set(key, { value, ttlMs });
    return true;
  }

  delete(key: string): unknown {
    this.calls.delete += 1;
    return this.rows.delete(key);
  }

  only(): [string, Row] {
    const [first] = this.rows;
    if (first === undefined) throw new Error("the store is empty");
    return first;
  }
}

let clock: FakeClock;
let api: FakeApi;
let warnings: string[];

beforeEach(() => {
  clock = fakeClock();
  api = fakeApi(clock);
  warnings = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A process of its own as far as its memory goes. */
function process(
  store: TokenStore,
  identity: Identity = ANNA,
  options: Partial<TokenCacheOptions> = {},
): TokenSource {
  const warn = (message: string): void => void warnings.push(message);
  return createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, store, warn, ...options }).forUser(
    identity,
  );
}

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
      Seal.for({ baseUrl, apiKey })?.keyFor({ email, thirdPartyInternalId });
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
    here.refuse(old);
    expect((await here.get()).value).toBe("jwt.ehr-1.2");
    there.refuse(old);
    expect((await there.get()).value).toBe("jwt.ehr-1.2"); // the other process's new one
    expect(api.asked).toHaveLength(2);
  });

  it("is rid of a refused token even if no new one can be had", async () => {
    const store = new MapStore();
    const source = process(store);
    source.refuse(await source.get());
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

describe("an entry that is not what this SDK wrote", () => {
  it("for another user, copied over this one's, is a miss, replaced and reported [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [annasKey] = store.only();
    await process(store, BEN).get();
    const bens = [...store.rows.entries()].find(([key]) => key !== annasKey)?.[1].value;
    store.rows.set(annasKey, { value: bens, ttlMs: 1 });
    expect((await process(store).get()).value).toBe("jwt.ehr-1.3");
    expect(store.rows.get(annasKey)?.value).not.toBe(bens);
    expect(warnings).toEqual([expect.stringMatching(/replaced/)]);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.3");
  });

  it("but a token in clear is a miss: nobody without the API key can plant one [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key] = store.only();
    const planted = { token: "jwt.of.mallory", expiration_time: "2099-01-01T00:00:00Z" };
    for (const value of [planted, JSON.stringify(planted), btoa(JSON.stringify(planted))]) {
      store.rows.set(key, { value, ttlMs: 1 });
      expect((await process(store).get()).value).toMatch(/^jwt\.ehr-1/);
    }
  });

  it("with any one character changed is a miss [A26]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key, { value }] = store.only();
    const sealed = String(value);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 4), async (at) => {
        const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
        store.rows.set(key, { value: changed, ttlMs: 1 });
        const before = api.asked.length;
        await process(store).get();
        expect(api.asked).toHaveLength(before + 1);
      }),
      { numRuns: 50 },
    );
  });

  const hostile = (): unknown =>
    new Proxy({}, { get: () => expect.unreachable("a stored object was looked into") });

  it.each([
    ["an empty text", ""],
    ["half of a JSON", "{"],
    ["a token that is a number", '{"token":1}'],
    ["an object", { token: 1 }],
    ["50 MB", "A".repeat(50_000_000)],
    ["a prototype", JSON.parse('{"__proto__":{"polluted":true}}')],
    ["a prototype as text", '{"__proto__":{"polluted":true}}'],
    ["a number", 7],
    ["false", false],
    ["an array", []],
    ["bytes", new Uint8Array(40)],
    ["short base64", "AAAA"],
    ["an object that must not be touched", hostile],
  ])("but %s is a miss and harms nothing [A27]", async (_, value) => {
    const store = new MapStore();
    store.get = () => (typeof value === "function" ? value() : value);
    expect((await process(store).get()).value).toBe("jwt.ehr-1.1");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(store.rows.size).toBe(1);
    expect(warnings).toHaveLength(1);
  });

  it.each([undefined, null])("but %s is just a miss [A27]", async (value) => {
    const store = new MapStore();
    store.get = () => value;
    await process(store).get();
    expect(warnings).toEqual([]);
  });

  it("whatever it is, is a miss [A27]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (value) => {
        const store = new MapStore();
        store.get = () => value;
        expect((await process(store).get()).value).toMatch(/^jwt\.ehr-1/);
      }),
    );
  });

  it("of another version, sealed with the right key, is a miss [A27]", async () => {
    const store = new MapStore();
    await process(store).get();
    const [key] = store.only();
    const seal = Seal.for(SCOPE);
    for (const entry of [
      "",
      "{}",
      "null",
      "[]",
      '["a b","",9e15,0]',
      '["jwt","",null,0]',
      '["jwt",7,9e15,0]',
    ]) {
      store.rows.set(key, { value: await seal?.close(key, entry), ttlMs: 1 });
      const before = api.asked.length;
      await process(store).get();
      expect(api.asked).toHaveLength(before + 1);
    }
  });
});

describe("a store in trouble", () => {
  const users = (store: TokenStore): ((number: number) => TokenSource) => {
    const warn = (message: string): void => void warnings.push(message);
    const cache = createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, store, warn });
    return (number) => cache.forUser({ email: "dr@clinic.example", thirdPartyInternalId: String(number) });
  };

  it.each([
    ["rejects", (): unknown => Promise.reject(new Error("ECONNREFUSED"))],
    [
      "throws",
      (): unknown => {
        throw new Error("not connected");
      },
    ],
  ])("that %s is done without, with one warning and few tries [A28]", async (_, call) => {
    let calls = 0;
    const counted = (): unknown => {
      calls += 1;
      return call();
    };
    const user = users({ get: counted, set: counted, delete: counted });
    for (let number = 0; number < 100; number += 1) await user(number).get();
    expect(api.asked).toHaveLength(100);
    expect(calls).toBeLessThanOrEqual(3);
    expect(warnings).toHaveLength(1);
  });

  it("that hangs costs a quarter of a second per call, and after two calls nothing [A29]", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let calls = 0;
    const hang = (): Promise<unknown> => {
      calls += 1;
      return new Promise(() => undefined);
    };
    const user = users({ get: hang, set: hang, delete: hang });
    const first = user(1).get();
    for (const count of [1, 2]) {
      await until(() => calls === count && vi.getTimerCount() === 1);
      await vi.advanceTimersByTimeAsync(250);
    }
    await first;
    for (let number = 2; number < 100; number += 1) await user(number).get();
    expect(calls).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is used again once it works: one call tries, at growing distances [A30]", async () => {
    const store = new MapStore();
    let broken = true;
    let tries = 0;
    const guarded: TokenStore = {
      get: (key) => {
        tries += 1;
        if (broken) throw new Error("down");
        return store.get(key);
      },
      set: (key, value, ttlMs) => (broken ? Promise.reject(new Error("down")) : store.set(key, value, ttlMs)),
      delete: (key) => store.delete(key),
    };
    const user = users(guarded);
    for (let number = 0; number < 600; number += 1) {
      await user(number).get();
      clock.pass(100);
    }
    expect(tries).toBeLessThan(10);
    broken = false;
    clock.pass(30_000);
    const others = Array.from({ length: 50 }, (_, number) => user(1000 + number).get());
    await Promise.all(others);
    await user(2000).get();
    expect(store.rows.size).toBeGreaterThan(1);
    expect(warnings).toHaveLength(1);
  });

  it("that fails to write does not fail the call [A31]", async () => {
    const store = new MapStore();
    store.set = () => Promise.reject(new Error("READONLY"));
    expect((await process(store).get()).value).toBe("jwt.ehr-1.1");
    expect(warnings).toHaveLength(1);
    await turns();
  });

  it("that says it did not write, as Keyv does when its server is gone, counts as failing [A31]", async () => {
    const store = new MapStore();
    store.set = () => Promise.resolve(false);
    const user = users(store);
    for (let number = 0; number < 10; number += 1) await user(number).get();
    expect(warnings).toHaveLength(1);
    expect(store.calls.get).toBeLessThanOrEqual(3);
  });

  it("that answers after its time is ignored, also when it then rejects [A29][A31]", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const late: ((error: Error) => void)[] = [];
    const slow = (): Promise<unknown> => new Promise((_, reject) => late.push(reject));
    const waiting = process({ get: slow, set: slow, delete: slow }).get();
    for (const count of [1, 2]) {
      await until(() => late.length === count && vi.getTimerCount() === 1);
      await vi.advanceTimersByTimeAsync(250);
    }
    await waiting;
    for (const reject of late) reject(new Error("at last"));
    await turns();
    expect(late).toHaveLength(2);
  });
});
