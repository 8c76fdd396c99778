/** What a command may use of the process, so that it can be run without one. */
export interface Terminal {
  /** Prints a line for the reader. */
  print(line: string): void;
  /** Writes text for the reader as it is; resolves when it was taken, so that a slow reader holds the writer back. */
  write(text: string): Promise<void>;
  /** Prints a line about what happens or went wrong, beside what the reader asked for. */
  fail(line: string): void;
  /** Where a line may be drawn over and over; undefined when nobody looks, as in a log. */
  readonly screen: Screen | undefined;
  /** What of the output goes to somebody who sees colours. */
  readonly colours: { readonly print: boolean; readonly fail: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads all of standard input; undefined when that is a keyboard. */
  readonly readInput: (() => Promise<string>) | undefined;
  /** Aborted when the user wants it to end, as by Ctrl+C; its reason is the signal's name. */
  readonly interrupted: AbortSignal;
}

/** The last line of a terminal. */
export interface Screen {
  readonly columns: number;
  /** True when what is printed is shown on the same screen. */
  readonly isShared: boolean;
  /** Puts a text in the place of what it drew before; an empty one clears it. */
  draw(text: string): void;
}

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

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 };

/** What a shell shows for a program that a signal ended. */
export function interruptedCode({ interrupted }: Terminal): number {
  return 128 + (SIGNALS[String(interrupted.reason)] ?? 2);
}

/** A reader that has gone, as `head` does, wants to hear nothing more. */
export function isReaderGone({ interrupted }: Terminal): boolean {
  return interrupted.reason === "SIGPIPE";
}
