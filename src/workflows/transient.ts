import { HeidiApiError, HeidiRateLimitError, HeidiServerError } from "../api-errors.ts";
import { HeidiConnectionError, type HeidiError, HeidiTimeoutError } from "../errors.ts";
import { classifyFault } from "../transport/outcome.ts";
import { shouldRetry } from "../transport/retry.ts";

/** True for failures of a look after which a later one may well succeed. */
export function isRetryable(error: HeidiError): boolean {
  if (error instanceof HeidiTimeoutError) return true;
  if (!(error instanceof HeidiApiError) && !(error instanceof HeidiConnectionError)) return false;
  const { permanent } = classifyFault(error.cause);
  const status = error instanceof HeidiApiError ? error.status : undefined;
  return shouldRetry("safe", { outcome: error.outcome, status, permanent, retryAfterMs: undefined });
}

/** How long the server asked to stay away when it refused; undefined when it did not. */
export function getRetryAfter(error: HeidiError): number | undefined {
  return error instanceof HeidiRateLimitError || error instanceof HeidiServerError
    ? error.retryAfterMs
    : undefined;
}
