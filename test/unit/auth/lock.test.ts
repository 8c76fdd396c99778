import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TokenLock } from "../../../src/auth/lock.ts";
import type { TokenSource } from "../../../src/auth/source.ts";
import type { TokenStore } from "../../../src/auth/store.ts";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { HeidiAbortError, HeidiConnectionError } from "../../../src/errors.ts";
import {
  ANNA,
  type FakeApi,
  type FakeClock,
  failure,
  fakeApi,
  fakeClock,
  gate,
  SCOPE,
  turns,
  until,
} from "./support.ts";

/** Redis's `SET key owner NX PX ttl`, by the test's clock. */
class MapLock implements TokenLock {
  readonly held = new Map<string, { owner: number; untilMs: number }>();
  readonly keys = new Set<string>();
  granted = 0;

  async acquire(key: string, ttlMs: number): Promise<(() => void) | undefined> {
    this.keys.add(key);
    const holder = this.held.get(key);
    if (holder !== undefined && holder.untilMs > clock.now()) return undefined;
    this.granted += 1;
    const owner = this.granted;
    this.held.set(key, { owner, untilMs: clock.now() + ttlMs });
    return () => {
      if (this.held.get(key)?.owner === owner) this.held.delete(key);
    };
  }
}

let clock: FakeClock;
let api: FakeApi;
let store: TokenStore & { readonly rows: Map<string, unknown> };
let warnings: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  clock = fakeClock();
  api = fakeApi(clock);
  warnings = [];
  const rows = new Map<string, unknown>();
  store = {
    rows,
    get: (key) => rows.get(key),
    set: (key, value) => rows.set(key, value),
    delete: (key) => rows.delete(key),
  };
});

afterEach(() => {
  vi.useRealTimers();
});

function processes(count: number, lock: TokenLock): TokenSource[] {
  const warn = (message: string): void => void warnings.push(message);
  return Array.from({ length: count }, () =>
    createTokenCache({
      exchange: api.exchange,
      scope: SCOPE,
      clock,
      store,
      lock,
      warn,
      random: () => 0.5,
    }).forUser(ANNA),
  );
}

/** Lets time pass for clocks and timers alike. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    clock.pass(50);
    await vi.advanceTimersByTimeAsync(50);
    await turns(10);
  }
}

describe("a lock that processes share", () => {
  it("makes one exchange for a fleet that starts cold [A33]", async () => {
    const lock = new MapLock();
    const answer = gate();
    api.before = () => answer.opened;
    const calls = Promise.all(processes(20, lock).map((source) => source.get()));
    await until(() => api.asked.length === 1);
    await pass(1_000);
    answer.open();
    await pass(1_000);
    const tokens = await calls;
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["jwt.ehr-1.1"]));
    expect(api.asked).toHaveLength(1);
    expect(lock.held.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    for (const key of lock.keys) expect(key).toMatch(/^heidi-token-v1:[\w-]{43}:lock$/);
  });

  it("is not asked for when the store has the token", async () => {
    const lock = new MapLock();
    const [first, second] = processes(2, lock);
    await first?.get();
    await second?.get();
    expect(lock.granted).toBe(1);
  });

  it("passes to another process when its holder died [A33]", async () => {
    const lock = new MapLock();
    const dead = gate();
    api.before = (count) => (count === 1 ? dead.opened : undefined);
    const [victim, ...others] = processes(5, lock);
    void victim?.get();
    await until(() => api.asked.length === 1);
    const calls = Promise.all(others.map((source) => source.get()));
    await pass(4_500);
    expect(api.asked).toHaveLength(1);
    await pass(1_500);
    const tokens = await calls;
    expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set(["jwt.ehr-1.2"]));
    expect(api.asked).toHaveLength(2);
    dead.open();
    await turns();
  });

  it("passes to another process at once when its holder's exchange failed [A33]", async () => {
    const lock = new MapLock();
    api.before = (count) => {
      if (count === 1) throw new HeidiConnectionError("gone");
    };
    const [first, second] = processes(2, lock);
    await failure(first?.get() ?? Promise.resolve());
    expect((await second?.get())?.value).toBe("jwt.ehr-1.2");
  });

  it("that somebody never gives back is done without after eight seconds", async () => {
    const lock: TokenLock = { acquire: async () => undefined };
    const [source] = processes(1, lock);
    const call = source?.get();
    await turns();
    await pass(7_500);
    expect(api.asked).toHaveLength(0);
    await pass(1_500);
    expect((await call)?.value).toBe("jwt.ehr-1.1");
  });

  it("is not waited for by a caller who gave up", async () => {
    const lock: TokenLock = { acquire: async () => undefined };
    const [source] = processes(1, lock);
    const controller = new AbortController();
    const waiting = failure(source?.get({ signal: controller.signal }) ?? Promise.resolve());
    await until(() => vi.getTimerCount() === 1);
    controller.abort();
    expect(await waiting).toBeInstanceOf(HeidiAbortError);
    await turns();
    expect(vi.getTimerCount()).toBe(0);
    expect(api.asked).toHaveLength(0);
  });

  it.each([
    ["rejects", () => Promise.reject(new Error("NOAUTH"))],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["brings something that is no lock", async () => JSON.parse("7")],
  ])("that %s is done without, with a warning", async (_, acquire) => {
    const [source] = processes(1, { acquire });
    expect((await source?.get())?.value).toBe("jwt.ehr-1.1");
    expect(warnings).toEqual([expect.stringMatching(/lock/)]);
  });

  it("that answers too late is done without, and given back when it comes", async () => {
    const late = gate();
    let released = 0;
    let asked = 0;
    const lock: TokenLock = {
      async acquire() {
        asked += 1;
        await late.opened;
        return () => {
          released += 1;
        };
      },
    };
    const [source] = processes(1, lock);
    const call = source?.get();
    await until(() => asked === 1);
    await vi.advanceTimersByTimeAsync(250);
    expect((await call)?.value).toBe("jwt.ehr-1.1");
    late.open();
    await turns();
    expect(released).toBe(1);
  });

  it("whose release fails does not fail the call", async () => {
    const lock: TokenLock = {
      acquire: async () => () => {
        throw new Error("gone");
      },
    };
    const [source] = processes(1, lock);
    expect((await source?.get())?.value).toBe("jwt.ehr-1.1");
    await turns();
    expect(warnings).toEqual([]);
  });

  it("is not waited for while the store is down: nobody could hand the token over", async () => {
    const down = (): never => {
      throw new Error("down");
    };
    store = { rows: new Map(), get: down, set: down, delete: down };
    const lock: TokenLock = { acquire: async () => undefined };
    const sources = processes(1, lock);
    const call = sources[0]?.get();
    await turns();
    await pass(100);
    expect((await call)?.value).toBe("jwt.ehr-1.1");
  });
});
