import { HeidiDecodeError } from "../errors.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";
import { parseExpiration } from "../utils/timestamp.ts";
import { isSendableToken, Token } from "./token.ts";

/** A token and its expiration by the server's clock. */
export interface AccessToken {
  readonly token: Token;
  readonly expiresAtMs: number;
}

/** Parses `{ token, expiration_time }`; returns the token, or the name of the invalid part, never its value. */
export function readAccessToken(body: unknown): AccessToken | "not-an-object" | "token" | "expiration_time" {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "not-an-object";
  // Own properties only: inherited ones are not part of the response.
  const value: unknown = Object.hasOwn(body, "token") ? Reflect.get(body, "token") : undefined;
  if (!isSendableToken(value)) return "token";
  const raw: unknown = Object.hasOwn(body, "expiration_time")
    ? Reflect.get(body, "expiration_time")
    : undefined;
  const expiration = parseExpiration(raw);
  if (expiration === undefined) return "expiration_time";
  return { token: new Token(value, expiration.text), expiresAtMs: expiration.atMs };
}

const FAULTS = {
  "not-an-object": "its body is not a JSON object",
  token: "its token is missing or cannot be sent as a bearer token",
  expiration_time: "its expiration_time is missing or is neither ISO 8601 nor an epoch",
} as const;

/**
 * Parses the response of the token exchange.
 *
 * @throws {HeidiDecodeError} when it contains no usable token.
 */
export function parseExchange(body: unknown): AccessToken {
  const issued = readAccessToken(body);
  if (typeof issued === "object") return issued;
  throw new HeidiDecodeError(
    `The token exchange answered with success, but ${FAULTS[issued]}. The call itself was not sent. Check that baseUrl is the address of the Heidi API, not of a page in front of it.`,
    { operation: "getJwt" },
  );
}

/** Returns the error for an exchange or a provider that issued an expired token. */
export function expiredTokenError(source: string, operation?: string): HeidiDecodeError {
  return new HeidiDecodeError(
    `${source} issued a token that has already expired. The call itself was not sent. Check this machine's clock, and whether a proxy or gateway caches the response.`,
    { operation },
  );
}

/** The last parts of a token's lifetime, in which it is renewed. */
export interface RefreshWindows {
  /** With less time left, the token is renewed in the background and used meanwhile. */
  readonly refreshWindowMs: number;
  /** With less time left, callers wait for a new one. */
  readonly forcedRefreshWindowMs: number;
}

const SOFT_MS = 120_000;
const HARD_MS = 30_000;

/** The longest time between two exchanges, regardless of the token's `expiration_time`. */
const MAX_LIFETIME_MS = 86_400_000;

/**
 * Windows never exceed a fifth of a lifetime, so a short-lived token does not cause continuous exchanges. A token with a
 * lifetime shorter than the refresh window is used until it expires.
 */
export function refreshWindowsFor(lifetimeMs: number): RefreshWindows {
  const refreshWindowMs = Math.min(SOFT_MS, lifetimeMs / 5);
  return {
    refreshWindowMs: refreshWindowMs,
    forcedRefreshWindowMs: lifetimeMs <= SOFT_MS ? 0 : Math.min(HARD_MS, refreshWindowMs / 4),
  };
}

/** A token in use, with its remaining time. */
export class CachedToken implements RefreshWindows {
  readonly token: Token;
  readonly refreshWindowMs: number;
  readonly forcedRefreshWindowMs: number;
  readonly #leftMs: number;
  readonly #age: Stopwatch;

  /** @param serverNowMs - the server's current time. @param lifetimeMs - the time from issue to expiration; default: from now. */
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
