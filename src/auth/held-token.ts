import { type Clock, Stopwatch } from "./clock.ts";
import type { AccessToken } from "./issued-token.ts";
import type { Token } from "./token.ts";

/** Parts of a token's life in which it is renewed. */
export interface RefreshWindows {
  /** With less time left, it is renewed in the background and used meanwhile. */
  readonly refreshWindowMs: number;
  /** With less time left, callers wait for a new one. */
  readonly forcedRefreshWindowMs: number;
}

const SOFT_MS = 120_000;
const HARD_MS = 30_000;

/** A token is exchanged again at least this often, whatever its `expiration_time` promises. */
const MAX_LIFETIME_MS = 86_400_000;

/**
 * Windows never take more than a fifth of a life, so a short-lived token causes no storm of exchanges; one that lives
 * shorter than the soft window is used until it really expires.
 */
export function refreshWindowsFor(lifetimeMs: number): RefreshWindows {
  const refreshWindowMs = Math.min(SOFT_MS, lifetimeMs / 5);
  return {
    refreshWindowMs: refreshWindowMs,
    forcedRefreshWindowMs: lifetimeMs <= SOFT_MS ? 0 : Math.min(HARD_MS, refreshWindowMs / 4),
  };
}

/** A token in use, with the time that is left of it. */
export class CachedToken implements RefreshWindows {
  readonly token: Token;
  readonly refreshWindowMs: number;
  readonly forcedRefreshWindowMs: number;
  readonly #leftMs: number;
  readonly #age: Stopwatch;

  /** @param serverNowMs - the server's time now. @param lifetimeMs - from its issue on; by default from now on. */
  constructor(issued: AccessToken, clock: Clock, serverNowMs: number, lifetimeMs?: number) {
    this.token = issued.token;
    this.#age = new Stopwatch(clock);
    this.#leftMs = Math.min(issued.expiresAtMs - serverNowMs, MAX_LIFETIME_MS);
    const { refreshWindowMs, forcedRefreshWindowMs } = refreshWindowsFor(
      Math.min(lifetimeMs ?? this.#leftMs, MAX_LIFETIME_MS),
    );
    this.refreshWindowMs = refreshWindowMs;
    this.forcedRefreshWindowMs = forcedRefreshWindowMs;
  }

  remainingMs(): number {
    return this.#leftMs - this.#age.elapsedMs();
  }
}
