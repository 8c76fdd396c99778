import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";

/** The parts of the process that a command uses, so that tests can run it without a process. */
export interface Terminal {
  /** Prints a line to standard output. */
  print(line: string): void;
  /** Writes text to standard output unchanged; resolves once it is flushed, so that a slow reader slows the writer. */
  write(text: string): Promise<void>;
  /** Prints a line of progress or an error to standard error. */
  printError(line: string): void;
  /** The screen for a line that is redrawn; undefined without a terminal, as in a log. */
  readonly screen: Screen | undefined;
  /** The streams that may have colours. */
  readonly colours: { readonly stdout: boolean; readonly stderr: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads all of standard input; undefined when standard input is a terminal. */
  readonly readInput: (() => Promise<string>) | undefined;
  /** Standard input and output, for a command that talks to another program. */
  readonly streams: { readonly input: Readable; readonly output: Writable };
  /** Aborted when the user ends the command, as with Ctrl+C; its reason is the signal's name. */
  readonly interrupted: AbortSignal;
}

/** The last line of a terminal. */
export interface Screen {
  readonly columns: number;
  /** True when standard output appears on the same screen. */
  readonly isShared: boolean;
  /** Replaces the text that was drawn before; an empty text clears it. */
  draw(text: string): void;
}

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 };

/** Returns the exit code that a shell shows for a program that a signal ended. */
export function signalExitCode({ interrupted }: Terminal): number {
  return 128 + (SIGNALS[String(interrupted.reason)] ?? 2);
}

/** True when the reader closed the output, as `head` does: nothing more is printed then. */
export function isOutputClosed({ interrupted }: Terminal): boolean {
  return interrupted.reason === "SIGPIPE";
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const BAR_COLUMNS = 24;
const MB = 1_000_000;

/** Progress beside the output: permanent lines and, on a screen, one animated line. */
export class Status {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  #timer: NodeJS.Timeout | undefined;
  #drawnAtMs = 0;
  #isDrawn = false;

  constructor(terminal: Terminal, { quiet = false }: { readonly quiet?: boolean } = {}) {
    this.#terminal = terminal;
    this.#quiet = quiet;
  }

  /** Prints a line for a completed step. */
  done(text: string): void {
    this.#line(`${paint("✓", "green", this.#terminal.colours.stderr)} ${text}`);
  }

  /** Prints a line of information. */
  note(text: string): void {
    this.#line(`· ${text}`);
  }

  /** Shows running work with its elapsed seconds on a screen, until the next call. */
  busy(text: string): void {
    this.clear();
    const { screen } = this.#terminal;
    if (screen === undefined || this.#quiet) return;
    const startedMs = performance.now();
    const draw = (): void => {
      const elapsedMs = performance.now() - startedMs;
      const frame = FRAMES[Math.floor(elapsedMs / FRAME_MS) % FRAMES.length];
      this.#draw(`${frame} ${text} … ${Math.floor(elapsedMs / 1000)} s`);
    };
    draw();
    this.#timer = setInterval(draw, FRAME_MS).unref();
  }

  /** Shows a progress bar for an upload. */
  bar(text: string, sentBytes: number, totalBytes: number | undefined): void {
    this.#stop();
    const nowMs = performance.now();
    const isEnd = sentBytes === totalBytes;
    if (!isEnd && nowMs - this.#drawnAtMs < FRAME_MS) return;
    this.#drawnAtMs = nowMs;
    this.#draw(barOf(text, sentBytes, totalBytes));
  }

  /** Removes the animated line, before anything else is printed on the same screen. */
  clear(): void {
    this.#stop();
    // Clearing without a drawn line would erase output on the same screen.
    if (this.#isDrawn) this.#draw("");
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #line(text: string): void {
    if (this.#quiet) return;
    this.clear();
    this.#terminal.printError(text);
  }

  #draw(text: string): void {
    const { screen } = this.#terminal;
    if (screen === undefined || this.#quiet) return;
    // A wrapped line could not be erased.
    screen.draw(text.slice(0, Math.max(0, screen.columns - 1)));
    this.#isDrawn = text !== "";
  }
}

function barOf(text: string, sentBytes: number, totalBytes: number | undefined): string {
  if (totalBytes === undefined || totalBytes === 0) return `${text}  ${megabytes(sentBytes)} MB`;
  const part = Math.min(1, sentBytes / totalBytes);
  const full = Math.round(part * BAR_COLUMNS);
  const bar = "█".repeat(full) + "░".repeat(BAR_COLUMNS - full);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${text}  ${bar} ${percent} %  ${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB`;
}

const megabytes = (bytes: number): string => (bytes / MB).toFixed(1);

/** Returns the text in a colour if `isShown`. The caller decides, so styleText must not inspect a stream itself. */
export function paint(text: string, colour: "green" | "yellow" | "red", isShown: boolean): string {
  return isShown ? styleText(colour, text, { validateStream: false }) : text;
}
