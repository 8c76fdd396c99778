import { fingerprint } from "../../utils/fingerprint.ts";
import { throwInvalidArgument } from "../../utils/validate.ts";
import type { PollIdentity, SerializedPoller } from "./types.ts";

/** Returns the progress of a saved wait; throws for another version, another kind of wait or another resource. */
export function restorePoller(
  saved: unknown,
  { name, key }: PollIdentity,
): { polls: number; elapsedMs: number } {
  const refuse = (why: string): never => throwInvalidArgument("resume", `The option \`resume\` ${why}.`);
  if (typeof saved !== "object" || saved === null) {
    return refuse("must be the result of toJSON() of a wait, parsed with JSON.parse");
  }
  const { version, wait, subject, polls, elapsedMs } = saved as Partial<
    Record<keyof SerializedPoller, unknown>
  >;
  if (version !== 1) refuse("was saved by another version of this SDK");
  if (wait !== name) refuse(`was not saved by a wait for a ${name}`);
  if (subject !== fingerprint(key)) refuse("was saved for another resource");
  if (!isAmount(polls) || !isAmount(elapsedMs)) return refuse("is damaged: its numbers are invalid");
  return { polls, elapsedMs };
}

const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
