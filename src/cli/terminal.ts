import { styleText } from "node:util";

/** What a command may use of the process, so that it can be run without one. */
export interface Terminal {
  /** Prints a line for the reader. */
  print(line: string): void;
  /** Writes text for the reader as it is; resolves when it was taken, so that a slow reader holds the writer back. */
  write(text: string): Promise<void>;
  /** Prints a line about what happens or went wrong, beside what the reader asked for. */
  printError(line: string): void;
  /** Where a line may be drawn over and over; undefined when nobody looks, as in a log. */
  readonly screen: Screen | undefined;
  /** The parts of the output that may have colours. */
  readonly colours: { readonly stdout: boolean; readonly stderr: boolean };
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

const SIGNALS: Readonly<Record<string, number>> = { SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 };

/** What a shell shows for a program that a signal ended. */
export function signalExitCode({ interrupted }: Terminal): number {
  return 128 + (SIGNALS[String(interrupted.reason)] ?? 2);
}

/** A reader that has gone, as `head` does, wants to hear nothing more. */
export function isOutputClosed({ interrupted }: Terminal): boolean {
  return interrupted.reason === "SIGPIPE";
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const BAR_COLUMNS = 24;
const MB = 1_000_000;

/** What is under way, told beside the output: lines that stay, and on a screen one that moves. */
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

  /** Something is done. */
  done(text: string): void {
    this.#line(`${paint("✓", "green", this.#terminal.colours.stderr)} ${text}`);
  }

  /** Something that is good to know. */
  note(text: string): void {
    this.#line(`· ${text}`);
  }

  /** Something takes a while: its time is counted on a screen until the next call. */
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

  /** How much of something was sent. */
  bar(text: string, sentBytes: number, totalBytes: number | undefined): void {
    this.#stop();
    const nowMs = performance.now();
    const isEnd = sentBytes === totalBytes;
    if (!isEnd && nowMs - this.#drawnAtMs < FRAME_MS) return;
    this.#drawnAtMs = nowMs;
    this.#draw(barOf(text, sentBytes, totalBytes));
  }

  /** Takes away the line that moves, before anything else is printed on the same screen. */
  clear(): void {
    this.#stop();
    // What is printed on the same screen would go with a line that is cleared for nothing.
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
    // A line that wraps could not be taken back.
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

/** Returns the text in a colour if `isShown`. The caller decides, so styleText must not look at a stream itself. */
export function paint(text: string, colour: "green" | "yellow" | "red", isShown: boolean): string {
  return isShown ? styleText(colour, text, { validateStream: false }) : text;
}
