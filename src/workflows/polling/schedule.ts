import { HeidiArgumentError } from "../../errors.ts";
import { MAX_TIMER_MS } from "../../platform.ts";
import { checkMs, type ThrowInvalid } from "../../utils/validate.ts";

/** When a wait looks, and for how long. */
export interface PollSchedule {
  readonly intervalMs: number;
  readonly maxIntervalMs: number;
  readonly timeoutMs: number;
  /** The longest that one look may take. */
  readonly pollTimeoutMs: number;
}

/** The parts of a schedule that a caller may choose. */
export type PollScheduleOptions = { readonly [Name in keyof PollSchedule]?: PollSchedule[Name] | undefined };

const INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 15_000;
/** The most that an answer which is no refusal can delay the next look. */
const RETRY_AFTER_CAP_MS = 60_000;
/** The most that is left for the last look, which is made just before the deadline; half of it at least. */
const LAST_POLL_MS = 1_000;

export const throwInvalidArgument: ThrowInvalid = (option, message) => {
  throw new HeidiArgumentError(option, message);
};

/** Checks a caller's schedule and fills in the rest. */
export function resolveSchedule(
  options: PollScheduleOptions,
  defaults: Pick<PollSchedule, "timeoutMs" | "pollTimeoutMs">,
): PollSchedule {
  const given = (name: keyof PollSchedule): number | undefined =>
    checkMs(name, options[name], throwInvalidArgument);
  const chosenMs = given("intervalMs");
  const intervalMs = chosenMs ?? INTERVAL_MS;
  // A chosen interval is meant as such: it only varies, and does not grow away from what was chosen.
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
 * The pause after look number `looks`: anything from the interval to a bound that doubles up to the longest interval.
 * Every pause is drawn, the first too, so that waits begun together come apart.
 */
export function delayMs(looks: number, schedule: PollSchedule, random: () => number): number {
  const { intervalMs, maxIntervalMs } = schedule;
  const boundMs = Math.min(maxIntervalMs, intervalMs * 2 ** Math.min(looks, 40));
  return intervalMs + random() * (boundMs - intervalMs);
}

/** What the server asked for, by the look's answer or by refusing it. */
export interface RetryAfter {
  readonly retryAfterMs?: number | undefined;
  readonly refusalMs?: number | undefined;
}

/**
 * The pause before the next look, or undefined when the deadline leaves no time for one. The last look is made just
 * before the deadline, but never earlier than a server that refused has asked for.
 */
export function nextDelay(
  {
    retryAfterMs,
    refusalMs,
    looks,
    leftMs,
  }: RetryAfter & { readonly looks: number; readonly leftMs: number },
  schedule: PollSchedule,
  random: () => number,
): number | undefined {
  const { intervalMs, timeoutMs } = schedule;
  const reserveMs = Math.min(LAST_POLL_MS, timeoutMs / 10);
  const roomMs = leftMs - reserveMs;
  if (roomMs <= 0) return undefined;
  // The last look's time is drawn too: waits that began together have one deadline.
  const inTime = (ms: number): number =>
    ms <= roomMs ? ms : Math.min(ms, roomMs + (random() * reserveMs) / 2);
  // A little longer than asked, so that not everybody returns at once.
  const later = (askedMs: number): number => Math.max(askedMs, intervalMs) * (1 + random() / 10);
  if (refusalMs !== undefined) {
    return refusalMs >= leftMs ? undefined : Math.max(refusalMs, inTime(later(refusalMs)));
  }
  const pause =
    retryAfterMs === undefined
      ? delayMs(looks, schedule, random)
      : later(Math.min(retryAfterMs, RETRY_AFTER_CAP_MS));
  return inTime(pause);
}
