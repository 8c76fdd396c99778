import { copyError, HeidiAuthenticationError, HeidiPermissionError } from "../api-errors.ts";
import { annotate, HeidiAbortError, HeidiError, HeidiTimeoutError, isHeidiError } from "../errors.ts";
import { endsWithRequest } from "../platform.ts";
import { abortWith, reasonOf, unref } from "../utils/abort.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";
import type { CachedToken } from "./access-token.ts";
import { type AccessTokenProvider, type GetTokenOptions, tokenAbortError } from "./access-token-provider.ts";
import type { Token } from "./token.ts";
import type { WarnOnce } from "./warn-once.ts";

/** The context in which a token is loaded. */
export interface LoadContext {
  /** Aborted when no caller waits for the token any more. */
  readonly signal: AbortSignal;
  /** True when no caller waits: the load must not keep the process alive. */
  readonly background: boolean;
  /** True for the token that the API last rejected: it must not be loaded from a shared store again. */
  isInvalidated(value: string): boolean;
}

export interface TokenCyclerOptions {
  readonly clock: Clock;
  readonly warnOnce: WarnOnce;
  load(context: LoadContext): Promise<CachedToken>;
  /** Called at the end of every load. */
  onSettled?(): void;
  /** Keeps a background renewal alive on platforms where the end of a request would end it. */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
  /** The time that a caller waits for another caller's load before it starts its own. */
  readonly patienceMs?: number | undefined;
}

/** Longer than a load with its own time limits can take. */
const PATIENCE_MS = 60_000;
/** For platforms where a load ends without a result when the request that started it ends. */
const EDGE_PATIENCE_MS = 3_000;

/** A running request keeps the process alive, so a background renewal is limited like a connect. */
const BACKGROUND_TIMEOUT_MS = 10_000;
const BACKGROUND_BACKOFF_MS = 5_000;
const REFUSAL_MS = 60_000;

/**
 * One user's token, renewed before it expires. At most one load runs at a time, for any number of callers.
 *
 * A generation ends when the API rejects its token. A load that started before returns its token to its waiters, but the
 * token is not cached, because it may be as invalid as the rejected one.
 */
export class TokenCycler implements AccessTokenProvider {
  readonly renewable = true;
  /** Set on every use of the token; cleared when the cache evicts the least used tokens. */
  used = false;
  readonly #options: TokenCyclerOptions;
  #cached: CachedToken | undefined;
  #pendingRefresh: SharedTask<CachedToken> | undefined;
  #generation = 0;
  #invalidatedValue: string | undefined;
  #backoff: Stopwatch | undefined;
  #refusal: { readonly error: HeidiError; readonly since: Stopwatch } | undefined;
  #closed: HeidiError | undefined;

  constructor(options: TokenCyclerOptions) {
    this.#options = options;
  }

  /** True while a load runs. */
  get busy(): boolean {
    return this.#pendingRefresh !== undefined;
  }

  /** True when the cycler holds nothing worth keeping. */
  get spent(): boolean {
    if (this.busy || this.#currentRefusal() !== undefined) return false;
    return this.#cached === undefined || this.#cached.remainingMs() <= 0;
  }

  peek(): Token | undefined {
    const held = this.#cached;
    if (held === undefined || held.remainingMs() <= held.refreshWindowMs) return undefined;
    this.used = true;
    return held.token;
  }

  /** Returns a token. Each caller gets its own error, because the call adds its name and its stack to it. */
  get(options: GetTokenOptions = {}): Promise<Token> {
    return this.#get(options).catch((error: unknown) => {
      throw isHeidiError(error) ? copyError(error) : error;
    });
  }

  #get({ signal }: GetTokenOptions): Promise<Token> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(tokenAbortError(reasonOf(signal)));
    const held = this.#cached;
    const leftMs = held?.remainingMs() ?? 0;
    if (held !== undefined && leftMs > held.forcedRefreshWindowMs) {
      this.used = true;
      if (leftMs <= held.refreshWindowMs && this.#mayRenewAhead()) this.#renewInBackground();
      return Promise.resolve(held.token);
    }
    const refusal = this.#currentRefusal();
    if (refusal) return Promise.reject(refusal);
    const refresh = this.#pendingRefresh;
    return refresh === undefined
      ? this.#start(false).join(signal).then(tokenOf)
      : this.#joinOther(refresh, signal);
  }

  invalidate({ value }: Token): void {
    const held = this.#cached;
    // Another caller's 401 was faster: this call refers to the token before the current one.
    if (held !== undefined && held.token.value !== value) return;
    this.#invalidatedValue = value;
    if (held === undefined) return;
    this.#cached = undefined;
    this.#pendingRefresh = undefined;
    this.#generation += 1;
  }

  /** Rejects the current load and every later call with `error`, and drops the token. */
  close(error: HeidiAbortError): void {
    this.#closed = error;
    this.#cached = undefined;
    this.#pendingRefresh?.cancel(error);
    this.#pendingRefresh = undefined;
  }

  /** Waits for another caller's load. A load that takes too long is replaced by an own one; its callers keep waiting. */
  async #joinOther(refresh: SharedTask<CachedToken>, signal: AbortSignal | undefined): Promise<Token> {
    const patienceMs = this.#options.patienceMs ?? (endsWithRequest() ? EDGE_PATIENCE_MS : PATIENCE_MS);
    const held = await refresh.join(signal, patienceMs).catch((error: unknown): typeof TIMED_OUT => {
      if (isHeidiError(error)) throw error;
      return TIMED_OUT; // Workers reject a promise that can never settle with their own error
    });
    if (held !== TIMED_OUT) return held.token;
    if (this.#pendingRefresh === refresh) this.#pendingRefresh = undefined;
    return this.#get({ signal });
  }

  #start(background: boolean): SharedTask<CachedToken> {
    const generation = this.#generation;
    const isInvalidated = (value: string): boolean => value === this.#invalidatedValue;
    const land = (): void => {
      if (this.#pendingRefresh === refresh) this.#pendingRefresh = undefined;
    };
    const crash = (): void => {
      land();
      this.#backoff = new Stopwatch(this.#options.clock);
    };
    const run = async (signal: AbortSignal): Promise<CachedToken> => {
      try {
        const held = await this.#options.load({ signal, background, isInvalidated });
        if (generation === this.#generation && !signal.aborted) this.#store(held);
        land();
        return held;
      } catch (error) {
        crash();
        throw this.#failure(error, signal);
      } finally {
        this.#options.onSettled?.();
      }
    };
    const refresh = new SharedTask<CachedToken>(run, crash);
    this.#pendingRefresh = refresh;
    return refresh;
  }

  #store(held: CachedToken): void {
    this.#cached = held;
    this.#invalidatedValue = undefined;
    this.#backoff = undefined;
    this.#refusal = undefined;
  }

  /** Adds the outcome: without a token, the call was not sent. */
  #failure(error: unknown, signal: AbortSignal): HeidiError {
    if (!isHeidiError(error))
      return new HeidiError("No token could be obtained. The call was not sent.", { cause: error });
    const refused = error instanceof HeidiAuthenticationError || error instanceof HeidiPermissionError;
    if (refused && !signal.aborted) this.#refusal = { error, since: new Stopwatch(this.#options.clock) };
    return error.requestMayHaveBeenProcessed ? annotate(copyError(error), { outcome: "not-sent" }) : error;
  }

  #currentRefusal(): HeidiError | undefined {
    if (this.#refusal !== undefined && this.#refusal.since.elapsedMs() >= REFUSAL_MS)
      this.#refusal = undefined;
    return this.#refusal?.error;
  }

  /** Renews the token in the background, independent of a request that may end first. */
  #mayRenewAhead(): boolean {
    return this.#options.waitUntil !== undefined || !endsWithRequest();
  }

  #renewInBackground(): void {
    if (this.busy || this.#currentRefusal() !== undefined) return;
    if (this.#backoff !== undefined && this.#backoff.elapsedMs() < BACKGROUND_BACKOFF_MS) return;
    this.#backoff = undefined;
    // The renewal waits like a caller: a caller who joins keeps the load alive beyond this limit.
    const patience = new AbortController();
    const timer = setTimeout(() => {
      abortWith(
        patience,
        new HeidiTimeoutError(`No new token was issued within ${BACKGROUND_TIMEOUT_MS} ms.`),
      );
    }, BACKGROUND_TIMEOUT_MS);
    unref(timer);
    const renewing = this.#start(true)
      .join(patience.signal)
      .catch((error: unknown) => {
        if (this.#closed) return;
        const name = isHeidiError(error) ? error.name : "an unknown error";
        this.#options.warnOnce(
          "renewal",
          `A token could not be renewed before its expiration (${name}). The current one stays in use while it is valid.`,
        );
      })
      .finally(() => clearTimeout(timer));
    try {
      this.#options.waitUntil?.(renewing);
    } catch {
      // For example, outside a request; the renewal continues without it.
    }
  }
}

const tokenOf = (held: CachedToken): Token => held.token;

/** The result for a caller that waited too long for another caller's work. */
export const TIMED_OUT: unique symbol = Symbol("too long");

/**
 * A piece of work that many callers wait for. Each caller can stop waiting; when all have, the work is aborted and its
 * result is ignored.
 */
export class SharedTask<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  readonly #onAbandoned: () => void;
  #reject: (error: Error) => void = () => undefined;
  #waiters = 0;
  #settled = false;

  constructor(run: (signal: AbortSignal) => Promise<T>, onAbandoned: () => void) {
    this.#onAbandoned = onAbandoned;
    this.#result = new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      // A turn later, so that the creator has stored the task before it can end.
      Promise.resolve(this.#controller.signal).then(run).then(resolve, reject);
    });
    const settle = (): void => {
      this.#settled = true;
    };
    // Handled here, because it may fail after its last waiter left.
    this.#result.then(settle, settle);
  }

  /**
   * Waits for the result or for the caller's own signal, which must not be aborted yet. With `patienceMs`, the wait can also
   * end with `TIMED_OUT`: another caller's work can have ended without a result, together with its request.
   */
  join(signal: AbortSignal | undefined, patienceMs: number): Promise<T | typeof TIMED_OUT>;
  join(signal?: AbortSignal): Promise<T>;
  join(signal?: AbortSignal, patienceMs?: number): Promise<T | typeof TIMED_OUT> {
    this.#waiters += 1;
    if (signal === undefined && patienceMs === undefined) return this.#result;
    return new Promise<T | typeof TIMED_OUT>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        if (signal) reject(tokenAbortError(reasonOf(signal)));
        this.#leave();
      };
      const onTooLong = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(TIMED_OUT);
        this.#leave();
      };
      const timer = patienceMs === undefined ? undefined : setTimeout(onTooLong, patienceMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      this.#result.then(resolve, reject).finally(done);
    });
  }

  /** Ends the work for all callers. */
  cancel(error: HeidiError): void {
    this.#reject(error);
    try {
      abortWith(this.#controller, error);
    } catch {
      // Edge workers do not let a request abort another request's work; the other request's end has aborted it.
    }
  }

  #leave(): void {
    this.#waiters -= 1;
    if (this.#waiters > 0 || this.#settled) return;
    this.#onAbandoned();
    this.cancel(new HeidiAbortError("No caller waits for this token any more."));
  }
}
