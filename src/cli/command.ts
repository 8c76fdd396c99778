/** What a command may use of the process, so that it can be run without one. */
export interface Terminal {
  /** Prints a line for the reader. */
  print(line: string): void;
  /** Prints a line about what went wrong. */
  fail(line: string): void;
  /** Aborted when the user wants it to end, as by Ctrl+C. */
  readonly interrupted: AbortSignal;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** All of its help. */
  readonly help: string;
  /** Runs it; resolves to the exit code. Throws a UsageError for arguments that it does not understand. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** The arguments of a command are wrong; the message says how. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Exit codes: 0 for success, 1 for a failure, 2 for wrong arguments. */
export const EXIT: { readonly done: 0; readonly failed: 1; readonly usage: 2 } = {
  done: 0,
  failed: 1,
  usage: 2,
};
