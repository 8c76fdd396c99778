import { type Clock, Stopwatch } from "../utils/clock.ts";

/** Receives a sentence without secrets, e-mails or ids. */
export type Warn = (message: string) => void;

/** Says a thing once: `topic` tells which messages are the same thing. */
export type WarnOnce = (topic: string, message: string) => void;

const QUIET_MS = 600_000;

/** Passes one warning of a topic on per ten minutes, so an outage is one line and not one per call. */
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
