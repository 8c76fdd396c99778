import type { Outcome } from "../errors.ts";
import { MAX_TIMER_MS } from "../platform.ts";
import type { RetryClass } from "./operation.ts";

/** Statuses of temporary failures of the server, or of a proxy in front of it: a repeated read may succeed. */
const RETRYABLE_STATUS_CODES: ReadonlySet<number> = new Set([
  408, 421, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524,
]);
/** Statuses that prove that the server did not act on a create. */
const REJECTED_STATUS_CODES: ReadonlySet<number> = new Set([421, 425, 429]);

const BASE_MS = 500;
const CAP_MS = 8_000;
/** The longest `Retry-After` that a call waits for; a longer one is reported to the caller. */
export const RETRY_AFTER_CAP_MS = 60_000;

const IMF_FIXDATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Returns the delay of a `Retry-After` header in milliseconds; undefined for any value that is not a whole number of seconds
 * or an HTTP date, such as `1.5`, `-5`, `1e9` or two values.
 */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  if (!IMF_FIXDATE.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Returns a delay with full jitter: a random time up to a cap that doubles, so that clients that failed together do not retry together. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)));
}

/** The facts about a failed attempt that the retry policy uses. */
export interface Failure {
  readonly outcome: Outcome;
  /** The status of a complete response; undefined without one. */
  readonly status?: number | undefined;
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
}

export interface RetryLimits {
  /** The number of attempts so far, including the failed one. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** The time in milliseconds until the total deadline; Infinity without one. */
  readonly remainingMs: number;
}

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  /** `late` is true when only the total deadline prevents a retry. */
  | { readonly retry: false; readonly late?: true };

const STOP: RetryDecision = { retry: false };
const LATE: RetryDecision = { retry: false, late: true };

/** Returns true if a retry after this failure is safe and may succeed, for an operation of the class. */
export function shouldRetry(retryClass: RetryClass, failure: Failure): boolean {
  if (failure.permanent) return false;
  if (failure.status !== undefined && failure.outcome !== "processed") {
    return (retryClass === "once" ? REJECTED_STATUS_CODES : RETRYABLE_STATUS_CODES).has(failure.status);
  }
  return failure.outcome === "not-sent" || retryClass !== "once";
}

/** Decides whether and when a failed attempt is repeated. A pure function. */
export function decideRetry(
  retryClass: RetryClass,
  failure: Failure,
  limits: RetryLimits,
  random: () => number,
): RetryDecision {
  const maxRetries = retryClass === "costly" ? Math.min(1, limits.maxRetries) : limits.maxRetries;
  if (limits.attempt > maxRetries || !shouldRetry(retryClass, failure)) return STOP;
  const requestedMs = failure.retryAfterMs;
  if (requestedMs !== undefined && requestedMs > RETRY_AFTER_CAP_MS) return STOP; // never retried early: the error has the delay
  const delayMs = requestedMs ?? backoffMs(limits.attempt, random);
  // Waiting past the deadline would only delay the same failure.
  if (delayMs < Math.min(limits.remainingMs, MAX_TIMER_MS)) return { retry: true, delayMs };
  return requestedMs === undefined ? LATE : STOP; // the error with the requested delay is more useful than a timeout error
}

const CAPACITY = 500;
const RETRY_COST = 10;

/** The retry budget of a client: when most calls fail, it soon allows only single attempts, to prevent a retry storm. */
export class RetryBudget {
  #tokens = CAPACITY;

  /** Takes the cost of one retry from the budget. Returns false if the budget is too low. */
  spend(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** Records a success: it returns the cost of the retry that it needed, or a smaller amount without a retry. */
  earn(afterRetry: boolean): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + (afterRetry ? RETRY_COST : 1));
  }
}
