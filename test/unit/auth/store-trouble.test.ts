import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TokenSource } from "../../../src/auth/source.ts";
import type { TokenStore } from "../../../src/auth/store.ts";
import { MapStore } from "./map-store.ts";
import { api, cacheOn, clock, process, warnings } from "./processes.ts";
import { turns, until } from "./support.ts";

// In every test: a timer of one test's store, due a second later, would be set again among the next one's.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

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

  it("that hangs from the start costs three seconds once, a quarter of one then, and after two calls nothing [A29]", async () => {
    let calls = 0;
    const hang = (): Promise<unknown> => {
      calls += 1;
      return new Promise(() => undefined);
    };
    const user = users({ get: hang, set: hang, delete: hang });
    const first = user(1).get();
    for (const [count, ms] of [
      [1, 3_000],
      [2, 250],
    ] as const) {
      await until(() => calls === count && vi.getTimerCount() === 1);
      clock.pass(ms);
      await vi.advanceTimersByTimeAsync(ms);
    }
    await first;
    for (let number = 2; number < 100; number += 1) await user(number).get();
    expect(calls).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(1); // for the next try, which keeps no process alive
  });

  it("that hangs with its lock from the start costs a call the time of one of them [A29]", async () => {
    const hang = (): Promise<never> => new Promise(() => undefined);
    const lock = { acquire: hang };
    const cache = cacheOn({ get: hang, set: hang, delete: hang }, { lock });
    let isDone = false;
    const first = cache.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" }).get();
    void first.then(() => {
      isDone = true;
    });
    let waitedMs = 0;
    while (!isDone && waitedMs < 10_000) {
      // Time passes only while the call waits for a timer: hashing takes real time, as long as the machine likes.
      await until(() => isDone || vi.getTimerCount() > 0);
      clock.pass(50);
      await vi.advanceTimersByTimeAsync(50);
      waitedMs += 50;
    }
    expect((await first).value).toBe("jwt.1.1");
    expect(waitedMs).toBeLessThanOrEqual(4_000);
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
    const late: ((error: Error) => void)[] = [];
    const slow = (): Promise<unknown> => new Promise((_, reject) => late.push(reject));
    const waiting = process({ get: slow, set: slow, delete: slow }).get();
    for (const [count, ms] of [
      [1, 3_000],
      [2, 250],
    ] as const) {
      await until(() => late.length === count && vi.getTimerCount() === 1);
      clock.pass(ms);
      await vi.advanceTimersByTimeAsync(ms);
    }
    await waiting;
    for (const reject of late) reject(new Error("at last"));
    await turns();
    expect(late).toHaveLength(2);
  });
});
