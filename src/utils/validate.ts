import { HeidiArgumentError, isHeidiError } from "../errors.ts";
import { MAX_TIMER_MS } from "../platform.ts";

/** Throws for an invalid option, with the error class of the caller's layer. */
export type ThrowInvalid = (option: string, message: string) => never;

/** Throws for an invalid argument or option of a call. */
export const throwInvalidArgument: ThrowInvalid = (argument, message) => {
  throw new HeidiArgumentError(argument, message);
};

/** Runs `read`, which reads a caller's options; throws HeidiArgumentError if a getter of the options throws. */
export function readOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isHeidiError(cause)) throw cause;
    throw new HeidiArgumentError(
      "options",
      "The options of a call could not be read: a getter threw. Nothing was sent.",
      { cause },
    );
  }
}

/** Returns a valid timer duration in milliseconds; undefined stays undefined. */
export function checkMs(option: string, value: unknown, refuse: ThrowInvalid): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && value > 0 && value <= MAX_TIMER_MS) return value;
  return refuse(
    option,
    `The option \`${option}\` must be milliseconds, more than 0 and at most ${MAX_TIMER_MS}.`,
  );
}

/** Returns a valid whole number within the bounds; undefined stays undefined. */
export function checkCount(
  option: string,
  value: unknown,
  { min, max }: { min: number; max: number },
  refuse: ThrowInvalid,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(option, `The option \`${option}\` must be a whole number from ${min} to ${max}.`);
}

export const MAX_RETRIES = 10;

/** The rules that an argument must satisfy before a request is sent. */
export interface Rule {
  readonly required?: boolean;
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object" | "file";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  /** The media type that a file's part must have, such as `audio/*`. */
  readonly contentType?: string;
}

export type Rules = Readonly<Record<string, Rule>>;
