import { HeidiApiError, HeidiRateLimitError, HeidiServerError } from "../../api-errors.ts";
import { HeidiConnectionError, type HeidiError, HeidiTimeoutError } from "../../errors.ts";
import { classifyFault } from "../../http/outcome.ts";
import { isPermanentCode } from "../../http/permanent-codes.ts";
import type { ApiPromise } from "../../http/promise.ts";
import { parseRetryAfter, shouldRetry } from "../../http/retry.ts";

/** An answer, and the delay that its `Retry-After` asks for. */
export interface PolledAnswer<A> {
  readonly answer: A;
  readonly retryAfterMs: number | undefined;
}

/** Waits for an answer and reads its `Retry-After`; a date in it is relative to the server's own clock. */
export async function fetchAnswer<A>(call: ApiPromise<A>): Promise<PolledAnswer<A>> {
  const { data, response } = await call.withResponse();
  const serverMs = Date.parse(response.headers.get("date") ?? "");
  const nowMs = Number.isNaN(serverMs) ? Date.now() : serverMs;
  return { answer: data, retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), nowMs) };
}

/** Returns true when a later poll can succeed after this error. */
export function isRetryable(error: HeidiError): boolean {
  if (error instanceof HeidiTimeoutError) return true;
  if (!(error instanceof HeidiApiError) && !(error instanceof HeidiConnectionError)) return false;
  const { permanent } = classifyFault(error.cause, true, isPermanentCode);
  const status = error instanceof HeidiApiError ? error.status : undefined;
  return shouldRetry("safe", { outcome: error.outcome, status, permanent, retryAfterMs: undefined });
}

/** Returns the delay that the server requested in an error response, in milliseconds; undefined when it requested none. */
export function getRetryAfter(error: HeidiError): number | undefined {
  return error instanceof HeidiRateLimitError || error instanceof HeidiServerError
    ? error.retryAfterMs
    : undefined;
}
