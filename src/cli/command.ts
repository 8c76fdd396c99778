import { isError } from "../utils/values.ts";
import type { Terminal } from "./terminal.ts";

/** One command of the command line. */
export interface Command {
  /** All of its help. */
  readonly help: string;
  /** Runs it; resolves to the exit code. Throws a UsageError for arguments that it does not understand. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The arguments of a command are wrong; the message says how. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** A command cannot go on; the message says why, without values. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** Exit codes: 0 for success, 1 for a failure, 2 for wrong arguments, 3 when a person has to look. */
export const EXIT: { readonly done: 0; readonly failed: 1; readonly usage: 2; readonly review: 3 } = {
  done: 0,
  failed: 1,
  usage: 2,
  review: 3,
};

/** The code of an error of the system, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = isError(error) ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
