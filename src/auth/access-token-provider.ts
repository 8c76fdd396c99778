import { HeidiAbortError, type HeidiError, isHeidiError } from "../errors.ts";
import type { Token } from "./token.ts";

/** The owner of a token: the clinician, as the partner's system identifies them. */
export interface Identity {
  readonly email: string;
  readonly thirdPartyInternalId: string;
}

export interface GetTokenOptions {
  /** Ends this caller's wait, but not an exchange that other callers share. */
  readonly signal?: AbortSignal | undefined;
}

/** The source of bearer tokens for calls. */
export interface AccessTokenProvider {
  /** False for a fixed JWT: after a 401, there is no other token to try. */
  readonly renewable: boolean;
  /** Returns a cached token outside its refresh window, without a promise; undefined if there is none. Use `get` then. */
  peek(): Token | undefined;
  /** Returns the cached token or a new one. Rejects with a HeidiError; the call that needed it was not sent. */
  get(options?: GetTokenOptions): Promise<Token>;
  /** Drops this token after a 401, unless a newer one has already replaced it. */
  invalidate(token: Token): void;
}

/** Returns the error of a call that waits for a token while the client is closed, or requests one afterwards. */
export const clientClosedError = (): HeidiAbortError =>
  new HeidiAbortError("The client was closed. The call was not sent.");

/** Returns the error of a caller whose own signal ends its wait. */
export function tokenAbortError(reason: unknown): HeidiError {
  if (isHeidiError(reason)) return reason;
  return new HeidiAbortError(
    "The call was aborted by its caller while it waited for a token. It was not sent.",
    {
      cause: reason,
    },
  );
}
