import type { Outcome } from "../errors.ts";
import { MAX_TIMER_MS } from "../platform.ts";
import type { RetryClass } from "./operation.ts";

/** Statuses after which a read may well succeed: the server, or a proxy before it, says "not now". */
const RETRYABLE_STATUS_CODES: ReadonlySet<number> = new Set([
  408, 421, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524,
]);
/** Statuses that prove that a create was not acted on. */
const REJECTED_STATUS_CODES: ReadonlySet<number> = new Set([421, 425, 429]);

const BASE_MS = 500;
const CAP_MS = 8_000;
/** A longer `Retry-After` is reported to the caller instead of waited for. */
export const RETRY_AFTER_CAP_MS = 60_000;

const IMF_FIXDATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The delay a `Retry-After` header asks for, in milliseconds; undefined for anything but whole seconds or an HTTP date
 * (`1.5`, `-5`, `1e9`, two values: a header that is not understood is not obeyed by guess).
 */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  if (!IMF_FIXDATE.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Full jitter: anything from nothing to a cap that doubles, so that clients that failed together do not return together. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)));
}

/** One failed attempt, as the policy sees it. */
export interface Failure {
  readonly outcome: Outcome;
  /** Set when there was a complete answer. */
  readonly status?: number | undefined;
  readonly permanent: boolean;
  readonly retryAfterMs: number | undefined;
}

export interface RetryLimits {
  /** Attempts made so far, this failure's included. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** What is left of the total deadline; Infinity without one. */
  readonly remainingMs: number;
}

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  /** `late`: only the total deadline speaks against it. */
  | { readonly retry: false; readonly late?: true };

const STOP: RetryDecision = { retry: false };
const LATE: RetryDecision = { retry: false, late: true };

/** Whether repeating this failure is both safe and sensible for an operation of that class. */
export function shouldRetry(retryClass: RetryClass, failure: Failure): boolean {
  if (failure.permanent) return false;
  if (failure.status !== undefined && failure.outcome !== "processed") {
    return (retryClass === "once" ? REJECTED_STATUS_CODES : RETRYABLE_STATUS_CODES).has(failure.status);
  }
  return failure.outcome === "not-sent" || retryClass !== "once";
}

/** The whole policy, as a pure function. */
export function decideRetry(
  retryClass: RetryClass,
  failure: Failure,
  limits: RetryLimits,
  random: () => number,
): RetryDecision {
  const maxRetries = retryClass === "costly" ? Math.min(1, limits.maxRetries) : limits.maxRetries;
  if (limits.attempt > maxRetries || !shouldRetry(retryClass, failure)) return STOP;
  const asked = failure.retryAfterMs;
  if (asked !== undefined && asked > RETRY_AFTER_CAP_MS) return STOP; // never early: the error tells the caller when
  const delayMs = asked ?? backoffMs(limits.attempt, random);
  // Sleeping through the deadline would only make the caller wait for the same failure.
  if (delayMs < Math.min(limits.remainingMs, MAX_TIMER_MS)) return { retry: true, delayMs };
  return asked === undefined ? LATE : STOP; // an error that names the asked time says more than one of the clock
}

const CAPACITY = 500;
const RETRY_COST = 10;

/** Bounds the retries of a whole client: when everything fails, it soon sends single attempts instead of a storm. */
export class RetryBudget {
  #tokens = CAPACITY;

  /** Takes the price of one retry; false when there is not enough. */
  spend(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** A success earns back the price of the retry it needed, or a little when it needed none. */
  earn(afterRetry: boolean): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + (afterRetry ? RETRY_COST : 1));
  }
}
