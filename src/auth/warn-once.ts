import { type Clock, Stopwatch } from "../utils/clock.ts";

/** Receives a sentence without secrets, e-mails or ids. */
export type Warn = (message: string) => void;

/** Logs a warning once per topic. */
export type WarnOnce = (topic: string, message: string) => void;

const QUIET_MS = 600_000;

/** Forwards one warning per topic every ten minutes, so that an outage logs one line, not one per call. */
export function createWarnOnce(warn: Warn | undefined, clock: Clock): WarnOnce {
  const said = new Map<string, Stopwatch>();
  return (topic, message) => {
    const last = said.get(topic);
    if (warn === undefined || (last !== undefined && last.elapsedMs() < QUIET_MS)) return;
    said.set(topic, new Stopwatch(clock));
    try {
      warn(message);
    } catch {
      // A warning that cannot be delivered never breaks a call.
    }
  };
}
