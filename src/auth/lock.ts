import { type SleepOptions, sleep } from "../utils/abort.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";
import { CircuitBreaker, type FirstContact } from "./circuit-breaker.ts";
import type { WarnOnce } from "./warn-once.ts";

/** Releases a lock. Its result and its failure are ignored: the lock expires by itself. */
export type ReleaseLock = () => PromiseLike<unknown> | unknown;

/**
 * A lock shared by processes, so that one of them exchanges the API key and the others wait for its token. Optional:
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
   * Tries once to acquire the lock, without waiting. Resolves to a function that releases the lock, or to undefined while
   * another process holds it. The lock must expire after `ttlMs` milliseconds, so that a process that dies does not keep it.
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

/** The work of the lock's holder, and the lookup of its result for the other processes. */
export interface LockedWork<T> {
  readonly key: string;
  readonly wait: SleepOptions;
  /** False when results cannot currently be shared, so waiting for one is useless. */
  available(): boolean;
  find(): Promise<T | undefined>;
  make(): Promise<T>;
}

const LOCK_TTL_MS = 5_000;
/** Longer than the lock's lifetime, so that after its holder's death one waiter takes over, not all of them. */
const PATIENCE_MS = 8_000;
const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 500;

/** Lets one process do a piece of work while others wait. Without a working lock, every process does the work. */
export class DistributedLock {
  readonly #options: DistributedLockOptions;
  readonly #breaker: CircuitBreaker;

  constructor(options: DistributedLockOptions) {
    this.#options = options;
    const { clock, firstContact, warnOnce } = options;
    const onFailure = (): void =>
      warnOnce(
        "lock",
        "The token lock failed or did not answer in time. Until it works, tokens are exchanged without it.",
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
      // The previous holder may have finished between our lookup and our lock.
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
