import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DistributedLock, type TokenLock } from "../../../src/auth/lock.ts";
import { type FakeClock, failure, fakeClock, type Gate, gate, turns } from "./support.ts";

/** Redis's `SET key owner NX PX ttl`, by the test's clock. */
class MapLock implements TokenLock {
  readonly held = new Map<string, { owner: number; untilMs: number }>();
  granted = 0;

  async acquire(key: string, ttlMs: number): Promise<(() => void) | undefined> {
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
let warnings: string[];
/** What the processes make, and where they put it. */
let made: number;
let shared: string | undefined;
let before: (count: number) => Promise<void> | void;
let available: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  clock = fakeClock();
  warnings = [];
  made = 0;
  shared = undefined;
  before = () => undefined;
  available = true;
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A process that wants the token. */
function start(lock: TokenLock, signal?: AbortSignal): Promise<string> {
  const warnOnce = (_: string, message: string): void => void warnings.push(message);
  const exclusive = new DistributedLock({ lock, clock, firstContact: {}, warnOnce, random: () => 0.5 });
  return exclusive.run({
    key: "user:lock",
    wait: { signal },
    available: () => available,
    find: async () => shared,
    make: async () => {
      made += 1;
      const token = `token ${made}`;
      await before(made);
      shared = token;
      return token;
    },
  });
}

/** Lets time pass for clocks and timers alike. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await turns(3);
    clock.pass(50);
    await vi.advanceTimersByTimeAsync(50);
  }
}

const unavailable: TokenLock = { acquire: async () => undefined };

describe("a lock that processes share", () => {
  it("makes one exchange for a fleet that starts cold [A33]", async () => {
    const lock = new MapLock();
    const answer = gate();
    before = () => answer.opened;
    const calls = Promise.all(Array.from({ length: 20 }, () => start(lock)));
    await pass(1_000);
    answer.open();
    await pass(1_000);
    expect(new Set(await calls)).toEqual(new Set(["token 1"]));
    expect(made).toBe(1);
    expect(lock.held.size).toBe(0);
  });

  it("passes to one other process when its holder died [A33]", async () => {
    const lock = new MapLock();
    const dead: Gate = gate();
    before = (count) => (count === 1 ? dead.opened : undefined);
    const victim = start(lock);
    const calls = Promise.all(Array.from({ length: 5 }, () => start(lock)));
    await pass(4_500);
    expect(made).toBe(1);
    await pass(1_500);
    expect(new Set(await calls)).toEqual(new Set(["token 2"]));
    dead.open();
    await victim;
  });

  it("passes to another process at once when its holder's exchange failed [A33]", async () => {
    const lock = new MapLock();
    before = (count) => {
      if (count === 1) throw new Error("gone");
    };
    const [first, second] = [failure(start(lock)), start(lock)];
    expect((await first).message).toBe("gone");
    await pass(100);
    expect(await second).toBe("token 2");
  });

  it("is given back without an exchange when the one before just made the token", async () => {
    const lock = new MapLock();
    shared = "from the one before";
    expect(await start(lock)).toBe("from the one before");
    await turns(1);
    expect([made, lock.held.size]).toEqual([0, 0]);
  });

  it("that its holder never releases is done without after eight seconds [A33]", async () => {
    const call = start(unavailable);
    await pass(7_500);
    expect(made).toBe(0);
    await pass(1_500);
    expect(await call).toBe("token 1");
  });

  it("is not waited for by a caller who gave up", async () => {
    const controller = new AbortController();
    const reason = new Error("gave up");
    const waiting = failure(start(unavailable, controller.signal));
    await pass(500);
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    expect(made).toBe(0);
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
    expect(await start({ acquire })).toBe("token 1");
    expect(warnings).toEqual([expect.stringMatching(/lock/)]);
  });

  it("that answers too late is done without, and given back when it comes", async () => {
    const late = gate();
    let released = 0;
    const lock: TokenLock = {
      async acquire() {
        await late.opened;
        return () => {
          released += 1;
        };
      },
    };
    const call = start(lock);
    await pass(3_000);
    expect(await call).toBe("token 1");
    expect(released).toBe(0);
    late.open();
    await turns(1);
    expect(released).toBe(1);
  });

  it("whose release fails does not fail the call", async () => {
    const lock: TokenLock = {
      acquire: async () => () => {
        throw new Error("gone");
      },
    };
    expect(await start(lock)).toBe("token 1");
    await turns(1);
    expect(warnings).toEqual([]);
  });

  it("is not waited for while the store is down: nobody could hand the token over", async () => {
    const call = start(unavailable);
    available = false;
    await pass(100);
    expect(await call).toBe("token 1");
  });
});
