import { HeidiAuthenticationError } from "../api-errors.ts";
import { HeidiAbortError, HeidiConfigurationError, HeidiTimeoutError, isHeidiError } from "../errors.ts";
import { type Clock, Stopwatch, systemClock } from "./clock.ts";
import { HeldToken } from "./held-token.ts";
import { type LoadContext, RenewableToken } from "./renewable-token.ts";
import type { TokenSource } from "./source.ts";
import { within } from "./timers.ts";
import { isSendableToken, issuedExpired, readIssuedToken, Token } from "./token.ts";
import { createWarnOnce, type Warn } from "./warnings.ts";

/** What a token provider brings: the answer of `getJwt`, usually fetched by the partner's own server. */
export interface TokenAnswer {
  /** The JWT as `clinician.token()` gave it. */
  readonly token: string;
  /** When the token ends, ISO 8601; without a zone it means UTC. */
  readonly expiration_time: string;
}

/** Called whenever a new token is needed: at first, before the last one ends, and after the API refused it. */
export type TokenProvider = () => PromiseLike<TokenAnswer> | TokenAnswer;

export interface ProvidedTokenOptions {
  readonly clock?: Clock | undefined;
  readonly warn?: Warn | undefined;
  /** How long a provider may take; 30 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** A token that the caller brings. `close` ends whoever waits for it. */
export interface ProvidedToken extends TokenSource {
  close(): void;
}

const PROVIDER_TIMEOUT_MS = 30_000;
const REFUSAL_MS = 60_000;

const closed = (): HeidiAbortError => new HeidiAbortError("The client was closed. The call was not sent.");

/**
 * A token that comes from the caller instead of from an API key: a fixed JWT, or a function that brings one.
 *
 * @throws {HeidiConfigurationError} when it is neither, or a JWT that cannot be sent.
 */
export function createProvidedToken(
  jwt: string | TokenProvider,
  options: ProvidedTokenOptions = {},
): ProvidedToken {
  const { clock = systemClock, warn, timeoutMs = PROVIDER_TIMEOUT_MS } = options;
  if (typeof jwt !== "function") return new FixedToken(readFixed(jwt), clock);
  const warnOnce = createWarnOnce(warn, clock);
  const source = new RenewableToken({
    clock,
    warnOnce,
    load: (context) => ask(jwt, context, timeoutMs, clock),
  });
  return {
    renewable: true,
    peek: () => source.peek(),
    get: (getOptions) => source.get(getOptions),
    refuse: (token) => source.refuse(token),
    close: () => source.close(closed()),
  };
}

async function ask(
  provider: TokenProvider,
  context: LoadContext,
  timeoutMs: number,
  clock: Clock,
): Promise<HeldToken> {
  const tooLate = (): HeidiTimeoutError =>
    new HeidiTimeoutError(
      `The token provider brought no token within ${timeoutMs} ms. The call was not sent.`,
    );
  const answer: unknown = await within(timeoutMs, call(provider), tooLate, context).catch(
    (error: unknown) => {
      if (isHeidiError(error)) throw error;
      throw new HeidiConfigurationError("The token provider failed; see cause. The call was not sent.", {
        cause: error,
      });
    },
  );
  const issued = readIssuedToken(answer);
  if (typeof issued === "string") {
    const fault = issued === "not-an-object" ? "something else" : `no usable ${issued}`;
    throw new HeidiConfigurationError(
      `The token provider must bring { token, expiration_time }, but brought ${fault}. The call was not sent.`,
    );
  }
  const held = new HeldToken(issued, clock, clock.now());
  if (held.remainingMs() <= 0) throw issuedExpired("The token provider");
  return held;
}

/** A provider that throws at once fails like one that rejects. */
async function call(provider: TokenProvider): Promise<unknown> {
  return await provider();
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
    return Promise.reject(this.#closed ? closed() : refusedError());
  }

  /** Answers calls without sending them for a minute, then lets one try again. */
  refuse(): void {
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
