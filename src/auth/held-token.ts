import { type Clock, Stopwatch } from "./clock.ts";
import type { IssuedToken } from "./issued-token.ts";
import type { Token } from "./token.ts";

/** Parts of a token's life in which it is renewed. */
export interface Windows {
  /** With less time left, it is renewed in the background and used meanwhile. */
  readonly softMs: number;
  /** With less time left, callers wait for a new one. */
  readonly hardMs: number;
}

const SOFT_MS = 120_000;
const HARD_MS = 30_000;

/** A token is exchanged again at least this often, whatever its `expiration_time` promises. */
const MAX_LIFETIME_MS = 86_400_000;

/**
 * Windows never take more than a fifth of a life, so a short-lived token causes no storm of exchanges; one that lives
 * shorter than the soft window is used until it really expires.
 */
export function windowsFor(lifetimeMs: number): Windows {
  const softMs = Math.min(SOFT_MS, lifetimeMs / 5);
  return { softMs, hardMs: lifetimeMs <= SOFT_MS ? 0 : Math.min(HARD_MS, softMs / 4) };
}

/** A token in use, with the time that is left of it. */
export class HeldToken implements Windows {
  readonly token: Token;
  readonly softMs: number;
  readonly hardMs: number;
  readonly #leftMs: number;
  readonly #age: Stopwatch;

  /** @param serverNowMs - the server's time now. @param lifetimeMs - from its issue on; by default from now on. */
  constructor(issued: IssuedToken, clock: Clock, serverNowMs: number, lifetimeMs?: number) {
    this.token = issued.token;
    this.#age = new Stopwatch(clock);
    this.#leftMs = Math.min(issued.expiresAtMs - serverNowMs, MAX_LIFETIME_MS);
    const { softMs, hardMs } = windowsFor(Math.min(lifetimeMs ?? this.#leftMs, MAX_LIFETIME_MS));
    this.softMs = softMs;
    this.hardMs = hardMs;
  }

  remainingMs(): number {
    return this.#leftMs - this.#age.elapsedMs();
  }
}
