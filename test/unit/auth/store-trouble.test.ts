import { beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import type { TokenSource } from "../../../src/auth/source.ts";
import type { TokenStore } from "../../../src/auth/store.ts";
import { MapStore } from "./map-store.ts";
import { api, cacheOn, clock, process, warnings } from "./processes.ts";
import { ANNA, turns, until } from "./support.ts";

describe("a store in trouble", () => {
  const users = (store: TokenStore): ((number: number) => TokenSource) => {
    const cache = cacheOn(store);
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

  describe("that hangs from the start", () => {
    const forever = (): Promise<never> => new Promise(() => undefined);
    const hung = (): Record<"get" | "set" | "delete", Mock<() => unknown>> => ({
      get: vi.fn(forever),
      set: vi.fn(forever),
      delete: vi.fn(forever),
    });

    /** How many times a call had to wait for one of `mocks`, a quarter of a second each, before its token came. */
    async function quartersWaited(token: Promise<unknown>, ...mocks: Mock[]): Promise<number> {
      let isThere = false;
      const settled = token.then(() => {
        isThere = true;
      });
      const calls = (): number => mocks.reduce((sum, mock) => sum + mock.mock.calls.length, 0);
      for (let quarters = 0; ; quarters += 1) {
        await until(() => isThere || calls() > made);
        if (isThere) return settled.then(() => quarters);
        made = calls();
        clock.pass(250);
        await vi.advanceTimersByTimeAsync(250);
      }
    }
    let made = 0;
    beforeEach(() => {
      made = 0;
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    });

    it("costs a call a quarter of a second, and three seconds later nothing [A29][R36]", async () => {
      const store = hung();
      const user = users(store);
      const waits: number[] = [];
      for (let number = 0; number < 50; number += 1)
        waits.push(await quartersWaited(user(number).get(), store.get));
      expect(waits).toEqual(waits.map((_, number) => (number < 12 ? 1 : 0)));
      expect(api.asked).toHaveLength(50);
      expect(warnings).toHaveLength(1);
      await turns();
      expect(vi.getTimerCount()).toBe(1); // for the next try, which keeps no process alive
    });

    it("delays a burst of users by no more than one of them [A29]", async () => {
      const store = hung();
      const user = users(store);
      const burst = Array.from({ length: 20 }, (_, number) => user(number).get());
      await until(() => store.get.mock.calls.length === 20);
      clock.pass(250);
      await vi.advanceTimersByTimeAsync(250);
      await Promise.all(burst);
    });

    it("and answers reads at once but no writes, delays one call as little, and no other [A29]", async () => {
      const store = hung();
      const user = users({ ...store, get: () => undefined });
      expect(await quartersWaited(user(0).get(), store.set)).toBe(1);
      for (let number = 1; number < 20; number += 1) await user(number).get();
      clock.pass(3_000);
      await vi.advanceTimersByTimeAsync(3_000);
      for (let number = 20; number < 40; number += 1) await user(number).get();
      expect(warnings).toHaveLength(1);
    });

    it("costs a call no more together with the lock, nor where only the lock hangs [A29]", async () => {
      const store = hung();
      const acquire = vi.fn(forever);
      const all = cacheOn(store, { lock: { acquire } }).forUser(ANNA);
      expect(await quartersWaited(all.get(), store.get, acquire)).toBe(1);
      made = 0;
      const own = vi.fn(forever);
      const one = cacheOn(new MapStore(), { lock: { acquire: own } }).forUser(ANNA);
      expect(await quartersWaited(one.get(), own)).toBe(1);
    });

    it("costs a call of an edge worker a quarter of a second for the read and one for the write [A29][R44]", async () => {
      vi.stubGlobal("WebSocketPair", class {});
      const store = hung();
      expect(await quartersWaited(users(store)(1).get(), store.get, store.set)).toBe(2);
    });
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
      await until(() => late.length === count);
      clock.pass(3_000);
      await vi.advanceTimersByTimeAsync(3_000);
    }
    await waiting;
    for (const reject of late) reject(new Error("at last"));
    await turns();
    expect(late).toHaveLength(2);
  });
});
