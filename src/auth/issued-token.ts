import { HeidiDecodeError } from "../errors.ts";
import { parseExpiration } from "./expiration.ts";
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
