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
import { ServerClock, type TimedResponse } from "./server-clock.ts";
import { SharedTokens } from "./shared-store.ts";
import type { TokenStore } from "./store.ts";
import type { Token } from "./token.ts";
import { type LoadContext, TokenCycler } from "./token-cycler.ts";
import { createWarnOnce, type Warn } from "./warn-once.ts";

/** The response of the token exchange, with its times. */
export interface ExchangeResponse extends TimedResponse {
  /** The parsed body, unchecked. */
  readonly body: unknown;
}

export interface TokenCacheOptions {
  /** Requests a token from the API; has its own time limits and retries, and rejects with HeidiErrors. */
  exchange(identity: Identity, signal: AbortSignal): Promise<ExchangeResponse>;
  /** The host and API key of the tokens: entries of a shared store are bound to them. */
  readonly scope: { readonly baseUrl: string; readonly apiKey: string };
  readonly clock?: Clock | undefined;
  readonly store?: TokenStore | undefined;
  /** A lock so that one of many processes does the exchange; only useful with a `store`. */
  readonly lock?: TokenLock | undefined;
  readonly warn?: Warn | undefined;
  /** The maximum number of users in memory. Default 15,000. The least used are evicted first. */
  readonly capacity?: number | undefined;
  readonly random?: (() => number) | undefined;
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
}

/** The tokens of a client's users. */
export interface TokenCache {
  /** Returns a user's tokens. Cheap: sends no request and stores nothing until a token is needed. */
  forUser(identity: Identity): AccessTokenProvider;
  /** Aborts every exchange, drops every token and rejects further calls. */
  close(): void;
  /** The number of users in memory. */
  readonly size: number;
}

const DEFAULT_CAPACITY = 15_000;
const PURGE_INTERVAL_MS = 60_000;
/** The number of users with a running exchange that one eviction skips: a burst may exceed the capacity until it ends. */
const MAX_BUSY_SKIPPED = 8;

/**
 * Caches one token per user in memory, and in a shared store if there is one.
 *
 * After a rejected exchange (401 or 403), the user's calls fail with the same error for 60 seconds without a new request.
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
  /** The users, roughly in order of use: see `#evict`. */
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

  /** Returns the user's token if it is in memory. */
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
    // The shared store may have taken so long that no caller waits any more.
    throwIfAborted(signal);
    const answer = await this.#options.exchange(identity, signal);
    this.#serverClock.learn(answer);
    const held = new CachedToken(parseExchange(answer.body), this.#clock, this.#serverClock.now());
    if (held.remainingMs() <= 0) throw expiredTokenError("The token exchange", "getJwt");
    return held;
  }

  /** Evicts users without timers: new users replace expired ones. */
  #purge(): void {
    if (this.#purged.elapsedMs() < PURGE_INTERVAL_MS) return;
    this.#purged = new Stopwatch(this.#clock);
    for (const [key, user] of this.#users) if (user.spent) this.#users.delete(key);
  }

  /** Evicts by second chance: a user with a use since the last check moves to the back, so a use costs no reordering. */
  #evict(most: number): void {
    if (this.#users.size <= most) return;
    // Evicts several at once: a Map without its first entries iterates over their empty places each time.
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

/** One user's view of the cache; it stays valid when the cache evicts the user. */
class UserTokens implements AccessTokenProvider {
  readonly renewable = true;
  readonly #cache: MemoryCache;
  readonly #identity: Identity;
  readonly #key: string;

  constructor(cache: MemoryCache, identity: Identity) {
    this.#cache = cache;
    this.#identity = identity;
    // JSON separates the parts regardless of their content.
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
