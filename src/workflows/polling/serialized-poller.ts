import { encodeText } from "../../utils/utf8.ts";
import { throwInvalidArgument } from "./schedule.ts";
import type { PollOperation } from "./types.ts";

/** A wait as it can be stored: plain data, without ids and without anything of a patient. */
export interface SerializedPoller {
  readonly version: 1;
  /** What was waited for, such as `transcript`. */
  readonly wait: string;
  /** Tells waits of one kind apart without naming whom they are for. */
  readonly subject: string;
  /** Looks so far. */
  readonly polls: number;
  /** The time spent waiting so far, in milliseconds. The time between saving and resuming does not count. */
  readonly elapsedMs: number;
}

/** What a saved wait had behind it; refuses one of another version, of another kind or for another resource. */
export function restorePoller(
  saved: unknown,
  { name, key }: Pick<PollOperation<unknown, unknown>, "name" | "key">,
): { polls: number; elapsedMs: number } {
  const refuse = (why: string): never => throwInvalidArgument("resume", `The option \`resume\` ${why}.`);
  if (typeof saved !== "object" || saved === null) {
    return refuse("must be what toJSON() of a wait gave, read back with JSON.parse");
  }
  const { version, wait, subject, polls, elapsedMs } = saved as Partial<
    Record<keyof SerializedPoller, unknown>
  >;
  if (version !== 1) refuse("was saved by another version of this SDK");
  if (wait !== name) refuse(`was not saved by a wait for a ${name}`);
  if (subject !== fingerprint(key)) refuse("was saved for another resource than it is resumed for");
  if (!isAmount(polls) || !isAmount(elapsedMs)) return refuse("is damaged: its numbers are not usable");
  return { polls, elapsedMs };
}

const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

/** FNV-1a, 32 bits: enough to notice a mix-up, far too little to give an id away. */
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
    // The engine's own error would quote the names of what is in it.
    return throwInvalidArgument(
      "input",
      "The argument `input` is not JSON: it has a circle, a bigint or a method that fails.",
    );
  }
}
