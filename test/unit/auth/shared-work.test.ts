import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { MapStore } from "./map-store.ts";
import { api, cacheOn, clock, process } from "./processes.ts";
import { ANNA, HOUR_MS, SCOPE, turns, until } from "./support.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const never = (): Promise<never> => new Promise(() => undefined);
const source = (waitUntil?: (work: Promise<unknown>) => void) =>
  createTokenCache({ exchange: api.exchange, scope: SCOPE, clock, waitUntil }).forUser(ANNA);

describe("an exchange whose request ended with it", () => {
  it("holds nobody else for long: who joined it begins another one [R44]", async () => {
    const user = source();
    api.before = (count) => (count === 1 ? never() : undefined);
    void user.get();
    await turns();
    const joined = Promise.all([user.get(), user.get(), user.get()]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(new Set((await joined).map(({ value }) => value))).toEqual(new Set(["jwt.ehr-1.2"]));
    expect(api.asked).toHaveLength(2);
    expect((await user.get()).value).toBe("jwt.ehr-1.2");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds nobody for more than seconds where that is usual [R44]", async () => {
    vi.stubGlobal("WebSocketPair", class {});
    const user = source();
    api.before = (count) => (count === 1 ? never() : undefined);
    void user.get();
    await turns();
    const joined = user.get();
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await joined).value).toBe("jwt.ehr-1.2");
  });
});

describe("a renewal ahead of time, where a request's end ends what it began", () => {
  beforeEach(() => {
    vi.stubGlobal("WebSocketPair", class {});
  });

  it("is left out: a call renews when it is due, and waits for that [R44]", async () => {
    const user = source();
    await user.get();
    clock.pass(HOUR_MS - 100_000);
    await user.get();
    await turns();
    expect(api.asked).toHaveLength(1);
    clock.pass(80_000);
    expect((await user.get()).value).toBe("jwt.ehr-1.2");
  });

  it("takes place with `waitUntil`, which is given its promise [R44]", async () => {
    const kept: Promise<unknown>[] = [];
    const user = source((work) => void kept.push(work));
    await user.get();
    clock.pass(HOUR_MS - 100_000);
    expect((await user.get()).value).toBe("jwt.ehr-1.1");
    expect(kept).toHaveLength(1);
    await Promise.all(kept);
    expect(user.peek()?.value).toBe("jwt.ehr-1.2");
  });
});

describe("a store that takes seconds to connect", () => {
  /** Answers nothing for so long, then everything at once, as clients with a queue do. */
  function connecting(ms: number): { readonly store: MapStore; readonly slow: MapStore } {
    const store = new MapStore();
    const slow = new MapStore();
    const connected = new Promise<void>((resolve) => {
      setTimeout(resolve, ms);
    });
    slow.get = async (key) => connected.then(() => store.get(key));
    slow.set = async (key, value, ttlMs) => connected.then(() => store.set(key, value, ttlMs));
    slow.delete = async (key) => connected.then(() => store.delete(key));
    return { store, slow };
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      await turns(3);
      clock.pass(250);
      await vi.advanceTimersByTimeAsync(250);
    }
  }

  it.each([1_000, 2_750, 4_500])(
    "(%d ms) is used by the others for all tokens of the first burst [R36]",
    async (ms) => {
      const { store, slow } = connecting(ms);
      const cache = cacheOn(slow);
      const ids = Array.from({ length: 20 }, (_, index) => `ehr-${index}`);
      const burst = ids.map((thirdPartyInternalId) => cache.forUser({ ...ANNA, thirdPartyInternalId }).get());
      await pass(9_000);
      await Promise.all(burst);
      await until(() => store.rows.size === 20);
      for (const thirdPartyInternalId of ids) await process(store, { ...ANNA, thirdPartyInternalId }).get();
      expect(api.asked).toHaveLength(20);
    },
  );

  it("by rejecting until then gets the tokens of that time too [R36]", async () => {
    const store = new MapStore();
    let isUp = false;
    const down = (): Promise<never> => Promise.reject(new Error("not connected"));
    const slow = new MapStore();
    slow.get = (key) => (isUp ? store.get(key) : down());
    slow.set = (key, value, ttlMs) => (isUp ? store.set(key, value, ttlMs) : down());
    const cache = cacheOn(slow);
    const ids = Array.from({ length: 20 }, (_, index) => `ehr-${index}`);
    await Promise.all(
      ids.map((thirdPartyInternalId) => cache.forUser({ ...ANNA, thirdPartyInternalId }).get()),
    );
    isUp = true;
    await pass(5_000);
    await until(() => store.rows.size === 20);
    cache.close();
  });
});
