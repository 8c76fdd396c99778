import { reasonOf } from "../abort.ts";
import { HeidiAbortError, type HeidiError, isHeidiError } from "../errors.ts";

/** What a caller gets when its own signal ends its waiting. */
export function tokenAbortError(signal: AbortSignal): HeidiError {
  const reason: unknown = reasonOf(signal);
  if (isHeidiError(reason)) return reason;
  return new HeidiAbortError(
    "The call was aborted by its caller while it waited for a token. It was not sent.",
    {
      cause: reason,
    },
  );
}
