import { MAX_TIMER_MS } from "../../platform.ts";
import { checkMs, throwInvalidArgument } from "../../utils/validate.ts";

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
