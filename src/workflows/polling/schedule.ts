import { HeidiArgumentError } from "../../errors.ts";
import { MAX_TIMER_MS } from "../../platform.ts";
import { checkMs, type ThrowInvalid } from "../../utils/validate.ts";

/** The schedule of a poller, in milliseconds. */
export interface PollSchedule {
  readonly intervalMs: number;
  readonly maxIntervalMs: number;
  readonly timeoutMs: number;
  /** The timeout of one poll. */
  readonly pollTimeoutMs: number;
}

/** The parts of a schedule that a caller can set. */
export type PollScheduleOptions = { readonly [Name in keyof PollSchedule]?: PollSchedule[Name] | undefined };

const INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 15_000;
/** The longest delay that the `Retry-After` of a successful answer can cause. */
const RETRY_AFTER_CAP_MS = 60_000;
/** The most time reserved for the last poll, which is sent just before the deadline; it gets at least half of that. */
const LAST_POLL_MS = 1_000;

export const throwInvalidArgument: ThrowInvalid = (option, message) => {
  throw new HeidiArgumentError(option, message);
};

/** Checks the caller's schedule and adds the defaults. */
export function resolveSchedule(
  options: PollScheduleOptions,
  defaults: Pick<PollSchedule, "timeoutMs" | "pollTimeoutMs">,
): PollSchedule {
  const given = (name: keyof PollSchedule): number | undefined =>
    checkMs(name, options[name], throwInvalidArgument);
  const chosenMs = given("intervalMs");
  const intervalMs = chosenMs ?? INTERVAL_MS;
  // An interval that the caller set does not grow; it only varies.
  const widestMs =
    chosenMs === undefined ? Math.max(MAX_INTERVAL_MS, intervalMs) : Math.min(2 * chosenMs, MAX_TIMER_MS);
  const maxIntervalMs = given("maxIntervalMs") ?? widestMs;
  if (maxIntervalMs < intervalMs) {
    throwInvalidArgument(
      "maxIntervalMs",
      `The option \`maxIntervalMs\` must not be less than \`intervalMs\` (${intervalMs} ms).`,
    );
  }
  return {
    intervalMs,
    maxIntervalMs,
    timeoutMs: given("timeoutMs") ?? defaults.timeoutMs,
    pollTimeoutMs: given("pollTimeoutMs") ?? defaults.pollTimeoutMs,
  };
}

/**
 * Returns the delay after poll number `polls`: a random value from the interval to a bound that doubles up to the longest
 * interval. Every delay is random, also the first, so that pollers started together spread out.
 */
export function delayMs(polls: number, schedule: PollSchedule, random: () => number): number {
  const { intervalMs, maxIntervalMs } = schedule;
  const boundMs = Math.min(maxIntervalMs, intervalMs * 2 ** Math.min(polls, 40));
  return intervalMs + random() * (boundMs - intervalMs);
}

/** The delay that the server asked for: `retryAfterMs` in a successful answer, `refusalMs` in an error. */
export interface RetryAfter {
  readonly retryAfterMs?: number | undefined;
  readonly refusalMs?: number | undefined;
}

/**
 * Returns the delay before the next poll, or undefined when the deadline leaves no time for one. The last poll is sent
 * just before the deadline, but never earlier than a server that refused has asked for.
 */
export function nextDelay(
  {
    retryAfterMs,
    refusalMs,
    polls,
    leftMs,
  }: RetryAfter & { readonly polls: number; readonly leftMs: number },
  schedule: PollSchedule,
  random: () => number,
): number | undefined {
  const { intervalMs, timeoutMs } = schedule;
  const reserveMs = Math.min(LAST_POLL_MS, timeoutMs / 10);
  const roomMs = leftMs - reserveMs;
  if (roomMs <= 0) return undefined;
  // The time of the last poll is random too: pollers started together have the same deadline.
  const inTime = (ms: number): number =>
    ms <= roomMs ? ms : Math.min(ms, roomMs + (random() * reserveMs) / 2);
  // A little longer than the server asked, so that not all clients return at once.
  const later = (requestedMs: number): number => Math.max(requestedMs, intervalMs) * (1 + random() / 10);
  if (refusalMs !== undefined) {
    return refusalMs >= leftMs ? undefined : Math.max(refusalMs, inTime(later(refusalMs)));
  }
  const delay =
    retryAfterMs === undefined
      ? delayMs(polls, schedule, random)
      : later(Math.min(retryAfterMs, RETRY_AFTER_CAP_MS));
  return inTime(delay);
}
