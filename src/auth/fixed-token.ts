import { HeidiAuthenticationError } from "../api-errors.ts";
import { HeidiConfigurationError } from "../errors.ts";
import { type Clock, Stopwatch, systemClock } from "../utils/clock.ts";
import { type AccessTokenProvider, clientClosedError } from "./access-token-provider.ts";
import { isSendableToken, Token } from "./token.ts";

/** A token that the caller brings. `close` ends whoever waits for it. */
export interface ProvidedToken extends AccessTokenProvider {
  close(): void;
}

const REFUSAL_MS = 60_000;

/**
 * A JWT that the caller brings.
 *
 * @throws {HeidiConfigurationError} when it cannot be sent.
 */
export function createFixedToken(jwt: unknown, clock: Clock = systemClock): ProvidedToken {
  return new FixedToken(readFixed(jwt), clock);
}

function readFixed(jwt: unknown): Token {
  if (isSendableToken(jwt)) return new Token(jwt, expirationOf(jwt));
  throw new HeidiConfigurationError(
    "The JWT given to withToken must be a non-empty string without blanks or line breaks, or a function that brings one.",
  );
}

/** The `exp` claim as ISO 8601; empty when the token does not say. */
function expirationOf(jwt: string): string {
  try {
    const payload = (jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims: unknown = JSON.parse(atob(payload));
    const exp: unknown =
      typeof claims === "object" && claims !== null ? Reflect.get(claims, "exp") : undefined;
    return typeof exp === "number" ? new Date(exp * 1000).toISOString() : "";
  } catch {
    return "";
  }
}

/** One JWT for ever: used whatever its expiry says, for only the server's clock counts. */
class FixedToken implements ProvidedToken {
  readonly renewable = false;
  readonly #token: Token;
  readonly #clock: Clock;
  #refused: Stopwatch | undefined;
  #closed = false;

  constructor(token: Token, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  peek(): Token | undefined {
    if (this.#refused !== undefined && this.#refused.elapsedMs() >= REFUSAL_MS) this.#refused = undefined;
    return this.#closed || this.#refused ? undefined : this.#token;
  }

  get(): Promise<Token> {
    const token = this.peek();
    if (token !== undefined) return Promise.resolve(token);
    return Promise.reject(this.#closed ? clientClosedError() : refusedError());
  }

  /** Answers calls without sending them for a minute, then lets one try again. */
  invalidate(): void {
    this.#refused ??= new Stopwatch(this.#clock);
  }

  close(): void {
    this.#closed = true;
  }
}

function refusedError(): HeidiAuthenticationError {
  return new HeidiAuthenticationError(
    "The API refused the JWT given to withToken, which has probably expired. The call was not sent. Give withToken a function that brings a new one, or make a new client with a new JWT.",
    { status: 401, headers: new Headers(), type: undefined, detail: undefined, body: "" },
    { outcome: "rejected" },
  );
}
