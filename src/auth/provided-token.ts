import { HeidiConfigurationError, HeidiTimeoutError, isHeidiError } from "../errors.ts";
import { withTimeout } from "../utils/abort.ts";
import { type Clock, systemClock } from "../utils/clock.ts";
import { CachedToken, expiredTokenError, readAccessToken } from "./access-token.ts";
import { clientClosedError } from "./access-token-provider.ts";
import { createFixedToken, type ProvidedToken } from "./fixed-token.ts";
import { type LoadContext, TokenCycler } from "./token-cycler.ts";
import { createWarnOnce, type Warn } from "./warn-once.ts";

/** The result of a token provider: the response of `getJwt`, usually fetched by the partner's server. */
export interface TokenResponse {
  /** The JWT, as returned by `clinician.token()`. */
  readonly token: string;
  /** The token's expiration in ISO 8601; without a zone it means UTC. */
  readonly expiration_time: string;
}

/** A function that returns a token. Called on first use, before the last token expires, and after the API rejected it. */
export type TokenProvider = () => PromiseLike<TokenResponse> | TokenResponse;

export interface ProvidedTokenOptions {
  readonly clock?: Clock | undefined;
  readonly warn?: Warn | undefined;
  /** The time limit of a provider in milliseconds. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
}

const PROVIDER_TIMEOUT_MS = 30_000;

/**
 * A token from the caller instead of from an API key: a fixed JWT, or a function that returns one.
 *
 * @throws {HeidiConfigurationError} when it is neither, or a JWT that cannot be sent.
 */
export function createProvidedToken(
  jwt: string | TokenProvider,
  options: ProvidedTokenOptions = {},
): ProvidedToken {
  const { clock = systemClock, warn, timeoutMs = PROVIDER_TIMEOUT_MS, waitUntil } = options;
  if (typeof jwt !== "function") return createFixedToken(jwt, clock);
  const warnOnce = createWarnOnce(warn, clock);
  const source = new TokenCycler({
    clock,
    warnOnce,
    waitUntil,
    load: (context) => ask(jwt, context, timeoutMs, clock),
  });
  return {
    renewable: true,
    peek: () => source.peek(),
    get: (getOptions) => source.get(getOptions),
    invalidate: (token) => source.invalidate(token),
    close: () => source.close(clientClosedError()),
  };
}

async function ask(
  provider: TokenProvider,
  context: LoadContext,
  timeoutMs: number,
  clock: Clock,
): Promise<CachedToken> {
  const tooLate = (): HeidiTimeoutError =>
    new HeidiTimeoutError(
      `The token provider returned no token within ${timeoutMs} ms. The call was not sent.`,
    );
  const answer: unknown = await withTimeout(timeoutMs, call(provider), tooLate, context).catch(
    (error: unknown) => {
      if (isHeidiError(error)) throw error;
      throw new HeidiConfigurationError("The token provider failed; see cause. The call was not sent.", {
        cause: error,
      });
    },
  );
  const issued = readAccessToken(answer);
  if (typeof issued === "string") {
    const fault = issued === "not-an-object" ? "something else" : `no usable ${issued}`;
    throw new HeidiConfigurationError(
      `The token provider must return { token, expiration_time }, but returned ${fault}. The call was not sent.`,
    );
  }
  const held = new CachedToken(issued, clock, clock.now());
  if (held.remainingMs() <= 0) throw expiredTokenError("The token provider");
  return held;
}

/** Calls the provider; one that throws synchronously fails like one that rejects. */
async function call(provider: TokenProvider): Promise<unknown> {
  return await provider();
}
