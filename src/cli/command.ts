import { isError } from "../utils/values.ts";
import type { Help } from "./help.ts";
import type { Terminal } from "./terminal.ts";

/** One command of the command line. */
export interface Command {
  /** The help, and the table of options that completion uses. */
  readonly help: Help;
  /** Runs the command; resolves to the exit code. Throws a UsageError for invalid arguments. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** A command in the list of commands. */
export interface CommandEntry {
  readonly name: string;
  /** The line in the list of commands. */
  readonly summary: string;
  /** Loads the command on demand: other commands and `--version` start without it. */
  load(): Promise<Command>;
}

/** Thrown for invalid arguments; the message explains the mistake. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Thrown when a command cannot continue; the message gives the reason, without values. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** Exit codes: 0 for success, 1 for a failure, 2 for invalid arguments, 3 when a consult needs a manual check. */
export const EXIT: { readonly done: 0; readonly failed: 1; readonly usage: 2; readonly review: 3 } = {
  done: 0,
  failed: 1,
  usage: 2,
  review: 3,
};

/** Returns the code of a system error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = isError(error) ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
