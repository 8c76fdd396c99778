import type { HeidiAbortError } from "../errors.ts";
import { throwIfAborted } from "../utils/abort.ts";
import { type Clock, Stopwatch, systemClock } from "../utils/clock.ts";
import { CachedToken, expiredTokenError, parseExchange } from "./access-token.ts";
import {
  type AccessTokenProvider,
  clientClosedError,
  type GetTokenOptions,
  type Identity,
} from "./access-token-provider.ts";
import type { TokenLock } from "./lock.ts";
import { ServerClock, type TimedAnswer } from "./server-clock.ts";
import { SharedTokens } from "./shared-store.ts";
import type { TokenStore } from "./store.ts";
import type { Token } from "./token.ts";
import { type LoadContext, TokenCycler } from "./token-cycler.ts";
import { createWarnOnce, type Warn } from "./warn-once.ts";

/** What the token exchange answered, and when. */
export interface ExchangeAnswer extends TimedAnswer {
  /** The parsed body, unchecked. */
  readonly body: unknown;
}

export interface TokenCacheOptions {
  /** Asks the API for a token; brings its own time limits and retries, and rejects with HeidiErrors. */
  exchange(identity: Identity, signal: AbortSignal): Promise<ExchangeAnswer>;
  /** What tokens belong to besides their user: entries of a shared store are bound to it. */
  readonly scope: { readonly baseUrl: string; readonly apiKey: string };
  readonly clock?: Clock | undefined;
  readonly store?: TokenStore | undefined;
  /** Makes one process of many do the exchange; only of use with a `store`. */
  readonly lock?: TokenLock | undefined;
  readonly warn?: Warn | undefined;
  /** How many users are kept in memory; 15,000 by default. The least used is forgotten first. */
  readonly capacity?: number | undefined;
  readonly random?: (() => number) | undefined;
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
}

/** The tokens of a client's users. */
export interface TokenCache {
  /** Cheap: makes no request and keeps nothing until a token is asked for. */
  forUser(identity: Identity): AccessTokenProvider;
  /** Aborts every exchange, forgets every token and refuses further calls. */
  close(): void;
  /** How many users are kept in memory. */
  readonly size: number;
}

const DEFAULT_CAPACITY = 15_000;
const PURGE_INTERVAL_MS = 60_000;
/** How many users with an exchange under way one eviction looks past: a burst may exceed the capacity until it is over. */
const MAX_BUSY_SKIPPED = 8;

/**
 * Keeps one token per user in memory, and in a shared store if there is one.
 *
 * A user whose exchange was refused (401 or 403) is answered with that same error for 60 seconds without asking again.
 */
export function createTokenCache(options: TokenCacheOptions): TokenCache {
  return new MemoryCache(options);
}

class MemoryCache implements TokenCache {
  readonly #options: TokenCacheOptions;
  readonly #clock: Clock;
  readonly #serverClock: ServerClock;
  readonly #shared: SharedTokens | undefined;
  readonly #warnOnce: ReturnType<typeof createWarnOnce>;
  readonly #capacity: number;
  /** In order of use, roughly: see `#evict`. */
  readonly #users = new Map<string, TokenCycler>();
  #purged: Stopwatch;
  #closed: HeidiAbortError | undefined;

  constructor(options: TokenCacheOptions) {
    const {
      clock = systemClock,
      store,
      lock,
      scope,
      random = Math.random,
      capacity = DEFAULT_CAPACITY,
    } = options;
    this.#options = options;
    this.#clock = clock;
    this.#serverClock = new ServerClock(clock);
    this.#warnOnce = createWarnOnce(options.warn, clock);
    this.#capacity = capacity;
    this.#purged = new Stopwatch(clock);
    if (store === undefined) return;
    const serverClock = this.#serverClock;
    this.#shared = new SharedTokens({
      store,
      lock,
      scope,
      clock,
      serverClock,
      random,
      warnOnce: this.#warnOnce,
    });
  }

  get size(): number {
    return this.#users.size;
  }

  forUser(identity: Identity): AccessTokenProvider {
    const { email, thirdPartyInternalId } = identity;
    return new UserTokens(this, { email, thirdPartyInternalId });
  }

  close(): void {
    this.#closed ??= clientClosedError();
    for (const user of this.#users.values()) user.close(this.#closed);
    this.#shared?.close();
    this.#users.clear();
  }

  /** The user's token while it is in memory. */
  find(key: string): TokenCycler | undefined {
    return this.#users.get(key);
  }

  open(key: string, identity: Identity): TokenCycler {
    const found = this.#users.get(key);
    if (found !== undefined) return found;
    const user = new TokenCycler({
      clock: this.#clock,
      warnOnce: this.#warnOnce,
      waitUntil: this.#options.waitUntil,
      load: (context) => this.#load(identity, context),
      onSettled: () => this.#evict(this.#capacity),
    });
    if (this.#closed) {
      user.close(this.#closed);
      return user;
    }
    this.#purge();
    this.#evict(this.#capacity - 1);
    this.#users.set(key, user);
    return user;
  }

  #load(identity: Identity, context: LoadContext): Promise<CachedToken> {
    const exchange = (): Promise<CachedToken> => this.#exchange(identity, context.signal);
    return this.#shared === undefined ? exchange() : this.#shared.obtain(identity, context, exchange);
  }

  async #exchange(identity: Identity, signal: AbortSignal): Promise<CachedToken> {
    // The shared store may have taken so long that nobody waits any more.
    throwIfAborted(signal);
    const answer = await this.#options.exchange(identity, signal);
    this.#serverClock.learn(answer);
    const held = new CachedToken(parseExchange(answer.body), this.#clock, this.#serverClock.now());
    if (held.remainingMs() <= 0) throw expiredTokenError("The token exchange", "getJwt");
    return held;
  }

  /** Without timers: expired users go when new ones come. */
  #purge(): void {
    if (this.#purged.elapsedMs() < PURGE_INTERVAL_MS) return;
    this.#purged = new Stopwatch(this.#clock);
    for (const [key, user] of this.#users) if (user.spent) this.#users.delete(key);
  }

  /** Second chance: who was used since the last look is moved to the back, so a use costs no reordering. */
  #evict(most: number): void {
    if (this.#users.size <= most) return;
    // Some more at once: a Map that lost its first entries walks over their places again each time it is entered.
    const target = most - (most >> 6);
    let busy = 0;
    for (const [key, user] of this.#users) {
      if (this.#users.size <= target || busy === MAX_BUSY_SKIPPED) return;
      this.#users.delete(key);
      if (user.busy) busy += 1;
      if (user.busy || user.used) this.#users.set(key, user);
      user.used = false;
    }
  }
}

/** One user's view of the cache; survives that the cache forgets the user. */
class UserTokens implements AccessTokenProvider {
  readonly renewable = true;
  readonly #cache: MemoryCache;
  readonly #identity: Identity;
  readonly #key: string;

  constructor(cache: MemoryCache, identity: Identity) {
    this.#cache = cache;
    this.#identity = identity;
    // JSON keeps the parts apart whatever they contain.
    this.#key = JSON.stringify([identity.email, identity.thirdPartyInternalId]);
  }

  peek(): Token | undefined {
    return this.#cache.find(this.#key)?.peek();
  }

  get(options?: GetTokenOptions): Promise<Token> {
    return this.#cache.open(this.#key, this.#identity).get(options);
  }

  invalidate(token: Token): void {
    this.#cache.open(this.#key, this.#identity).invalidate(token);
  }
}
