import { HeidiDecodeError } from "../errors.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";
import { parseExpiration } from "../utils/timestamp.ts";
import { isSendableToken, Token } from "./token.ts";

/** A token and the server's time at which it ends. */
export interface AccessToken {
  readonly token: Token;
  readonly expiresAtMs: number;
}

/** What is wrong with `{ token, expiration_time }`, or the token in it. Never quotes it. */
export function readAccessToken(body: unknown): AccessToken | "not-an-object" | "token" | "expiration_time" {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "not-an-object";
  // Own properties only: nothing inherited is taken for an answer.
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
 * Reads the answer of the token exchange.
 *
 * @throws {HeidiDecodeError} when there is no usable token in it.
 */
export function parseExchange(body: unknown): AccessToken {
  const issued = readAccessToken(body);
  if (typeof issued === "object") return issued;
  throw new HeidiDecodeError(
    `The token exchange answered with success, but ${FAULTS[issued]}. The call itself was not sent. Check that baseUrl leads to the Heidi API and to no page in front of it.`,
    { operation: "getJwt" },
  );
}

/** The exchange, or a provider, handed out a token whose time is over. */
export function expiredTokenError(source: string, operation?: string): HeidiDecodeError {
  return new HeidiDecodeError(
    `${source} issued a token that has already expired. The call itself was not sent. Check this machine's clock, and whether something between caches the answer.`,
    { operation },
  );
}

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
