import { HeidiAuthenticationError } from "../api-errors.ts";
import { HeidiConfigurationError } from "../errors.ts";
import { type Clock, Stopwatch, systemClock } from "../utils/clock.ts";
import { type AccessTokenProvider, clientClosedError } from "./access-token-provider.ts";
import { isSendableToken, Token } from "./token.ts";

/** A token from the caller. `close` rejects the callers that wait for it. */
export interface ProvidedToken extends AccessTokenProvider {
  close(): void;
}

const REFUSAL_MS = 60_000;

/**
 * Creates the provider of a fixed JWT.
 *
 * @throws {HeidiConfigurationError} when the JWT cannot be sent.
 */
export function createFixedToken(jwt: unknown, clock: Clock = systemClock): ProvidedToken {
  return new FixedToken(readFixed(jwt), clock);
}

function readFixed(jwt: unknown): Token {
  if (isSendableToken(jwt)) return new Token(jwt, expirationOf(jwt));
  throw new HeidiConfigurationError(
    "The JWT given to withToken must be a non-empty string without blanks or line breaks, or a function that returns one.",
  );
}

/** Returns the `exp` claim as ISO 8601; empty when the token has none. */
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

/** A JWT that is never renewed: it is used regardless of its expiry, because only the server's clock counts. */
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

  /** Rejects calls without sending them for a minute, then lets one try again. */
  invalidate(): void {
    this.#refused ??= new Stopwatch(this.#clock);
  }

  close(): void {
    this.#closed = true;
  }
}

function refusedError(): HeidiAuthenticationError {
  return new HeidiAuthenticationError(
    "The API rejected the JWT passed to withToken, which has probably expired. The call was not sent. Pass withToken a function that returns a new JWT, or create a new client with a new JWT.",
    { status: 401, headers: new Headers(), type: undefined, detail: undefined, body: "" },
    { outcome: "rejected" },
  );
}
