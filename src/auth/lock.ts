import { type SleepOptions, sleep } from "../utils/abort.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";
import { CircuitBreaker, type FirstContact } from "./circuit-breaker.ts";
import type { WarnOnce } from "./warn-once.ts";

/** Gives a lock back. What it returns, or that it fails, does not matter: the lock ends by itself in time. */
export type ReleaseLock = () => PromiseLike<unknown> | unknown;

/**
 * A lock that processes share, so that one of them exchanges the API key and the others wait for its token. Optional:
 * without it, each process that starts without a token in the store makes one exchange per user.
 *
 * @example
 * // node-redis; the script deletes only a lock that is still ours
 * const lock: TokenLock = {
 *   async acquire(key, ttlMs) {
 *     const owner = crypto.randomUUID();
 *     if ((await redis.set(key, owner, { NX: true, PX: ttlMs })) === null) return undefined;
 *     const script = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";
 *     return () => redis.eval(script, { keys: [key], arguments: [owner] });
 *   },
 * };
 */
export interface TokenLock {
  /**
   * Tries once and does not wait. Resolves to a function that releases the lock, or to undefined while somebody else
   * holds it. The lock must end by itself after `ttlMs` milliseconds, so a process that dies does not keep it.
   */
  acquire(key: string, ttlMs: number): PromiseLike<ReleaseLock | undefined>;
}

export interface DistributedLockOptions {
  readonly lock: TokenLock;
  readonly clock: Clock;
  readonly firstContact: FirstContact;
  readonly warnOnce: WarnOnce;
  readonly random: () => number;
}

/** One holder's work, and where the others find its result. */
export interface LockedWork<T> {
  readonly key: string;
  readonly wait: SleepOptions;
  /** False when results cannot be shared at the moment, so waiting for one is in vain. */
  available(): boolean;
  find(): Promise<T | undefined>;
  make(): Promise<T>;
}

const LOCK_TTL_MS = 5_000;
/** Longer than the lock lives, so that after its holder's death a waiter takes over rather than all at once. */
const PATIENCE_MS = 8_000;
const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 500;

/** Lets one process of a fleet do a piece of work. When the lock does not work, it is done without. */
export class DistributedLock {
  readonly #options: DistributedLockOptions;
  readonly #breaker: CircuitBreaker;

  constructor(options: DistributedLockOptions) {
    this.#options = options;
    const { clock, firstContact, warnOnce } = options;
    const onFailure = (): void =>
      warnOnce(
        "lock",
        "The token lock failed or did not answer in time. Tokens are exchanged without it meanwhile.",
      );
    this.#breaker = new CircuitBreaker({ clock, firstContact, onFailure });
  }

  async run<T>(work: LockedWork<T>): Promise<T> {
    const waited = new Stopwatch(this.#options.clock);
    for (let polls = 0; waited.elapsedMs() < PATIENCE_MS && work.available(); polls += 1) {
      const release = await this.#acquire(work.key);
      if (release === "unavailable") break;
      if (release !== undefined) return this.#holding(release, work);
      const pollMs = Math.min(FIRST_POLL_MS * 2 ** polls, LONGEST_POLL_MS);
      await sleep(pollMs * (0.5 + this.#options.random()), work.wait);
      const found = await work.find();
      if (found !== undefined) return found;
    }
    return work.make();
  }

  async #holding<T>(release: ReleaseLock, work: LockedWork<T>): Promise<T> {
    try {
      // The holder before us may have finished between our look and our lock.
      return (await work.find()) ?? (await work.make());
    } finally {
      letGo(release);
    }
  }

  async #acquire(key: string): Promise<ReleaseLock | undefined | "unavailable"> {
    let late = false;
    const attempt = await this.#breaker.run(
      async () => {
        const release = await this.#options.lock.acquire(key, LOCK_TTL_MS);
        if (late && typeof release === "function") letGo(release);
        return release;
      },
      (release) => release === undefined || release === null || typeof release === "function",
    );
    late = !attempt.done;
    return attempt.done ? (attempt.value ?? undefined) : "unavailable";
  }
}

function letGo(release: ReleaseLock): void {
  Promise.resolve()
    .then(release)
    .catch(() => undefined);
}
