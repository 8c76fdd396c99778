import { HeidiAbortError, type HeidiError, isHeidiError } from "../errors.ts";
import type { Token } from "./token.ts";

/** Whose token it is: the clinician as the partner's system knows them. */
export interface Identity {
  readonly email: string;
  readonly thirdPartyInternalId: string;
}

export interface GetTokenOptions {
  /** Ends this caller's waiting, not the exchange that others wait for too. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a call gets its bearer token. */
export interface AccessTokenProvider {
  /** False for a fixed JWT: after a 401 there is no other one to try. */
  readonly renewable: boolean;
  /** A cached token that is good for a while yet; costs no promise. Ask `get` when there is none. */
  peek(): Token | undefined;
  /** The cached token or a new one. Rejects with a HeidiError; the call it was for was certainly not sent. */
  get(options?: GetTokenOptions): Promise<Token>;
  /** After a 401: drops this token, unless a newer one has taken its place already. */
  invalidate(token: Token): void;
}

/** What a call gets that waits for a token when the client is closed, or asks for one later. */
export const clientClosedError = (): HeidiAbortError =>
  new HeidiAbortError("The client was closed. The call was not sent.");

/** What a caller gets when its own signal ends its waiting. */
export function tokenAbortError(reason: unknown): HeidiError {
  if (isHeidiError(reason)) return reason;
  return new HeidiAbortError(
    "The call was aborted by its caller while it waited for a token. It was not sent.",
    {
      cause: reason,
    },
  );
}
