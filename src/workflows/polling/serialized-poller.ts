import { encodeText } from "../../utils/utf8.ts";
import { throwInvalidArgument } from "./schedule.ts";
import type { PollOperation } from "./types.ts";

/** A wait in a form that can be stored: plain data without ids and without patient data. */
export interface SerializedPoller {
  readonly version: 1;
  /** The kind of wait, such as `transcript`. */
  readonly wait: string;
  /** A hash that distinguishes waits of one kind without naming a session or patient. */
  readonly subject: string;
  /** The number of polls so far. */
  readonly polls: number;
  /** The time spent waiting so far, in milliseconds. The time between saving and resuming does not count. */
  readonly elapsedMs: number;
}

/** Returns the progress of a saved wait; throws for another version, another kind of wait or another resource. */
export function restorePoller(
  saved: unknown,
  { name, key }: Pick<PollOperation<unknown, unknown>, "name" | "key">,
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

/** FNV-1a, 32 bits: enough to notice a mix-up, far too short to reveal an id. */
export function fingerprint(key: readonly unknown[]): string {
  let hash = 0x811c9dc5;
  for (const byte of encodeText(textOf(key))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

function textOf(key: readonly unknown[]): string {
  try {
    return JSON.stringify(key);
  } catch {
    // The engine's own error would quote property names of the input.
    return throwInvalidArgument(
      "input",
      "The argument `input` cannot be serialized as JSON: it has a circular reference, a bigint or a method that throws.",
    );
  }
}
