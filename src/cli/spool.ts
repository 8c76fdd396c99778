import { createWriteStream } from "node:fs";
import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandError, systemCode, UsageError } from "./command.ts";
import { OWNER_ONLY } from "./files.ts";

/** The argument that stands for standard input. */
export const STANDARD_INPUT = "-";

/** Returns the path at which the recording of standard input is kept until the consult of this journal is done. */
export const keptRecordingOf = (journal: string): string => `${journal}.recording`;

/** True when a recording is the one that an earlier run kept beside this journal. */
export const isKeptRecording = (recording: string, journal: string | undefined): boolean =>
  journal !== undefined && resolve(recording) === resolve(keptRecordingOf(journal));

/** A recording that is left after a run. */
export interface LeftRecording {
  /** The end of its name, after the journal's path. */
  readonly suffix: string;
  /** False when the run was interrupted before the end of standard input. */
  readonly isComplete: boolean;
}

/**
 * The recording of standard input in a file that only its owner can read. So it can be checked before anything is created
 * at Heidi, sent again after a failed attempt and, with a journal, used to continue an interrupted consult.
 */
export class Spool {
  readonly #journal: string | undefined;
  #path: string;
  #isComplete = false;

  private constructor(journal: string | undefined, path: string) {
    this.#journal = journal;
    this.#path = path;
  }

  /** Creates the spool of a journal beside it; without a journal, in the folder for temporary files. */
  static async create(journal: string | undefined): Promise<Spool> {
    const path =
      journal === undefined
        ? join(await mkdtemp(join(tmpdir(), "heidi-")), "recording")
        : `${keptRecordingOf(journal)}.${process.pid}.tmp`;
    return new Spool(journal, path);
  }

  get path(): string {
    return this.#path;
  }

  /**
   * Saves standard input to its end, in constant memory.
   *
   * @throws UsageError when it is empty; CommandError when it cannot be saved.
   */
  async read(input: Readable, signal: AbortSignal): Promise<void> {
    const file = createWriteStream(this.#path, { flags: "wx", mode: OWNER_ONLY, flush: true });
    try {
      await pipeline(input, file, { signal });
    } catch (error) {
      if (signal.aborted) throw error;
      await this.#remove();
      const code = systemCode(error) ?? "unknown";
      throw new CommandError(
        `The recording of standard input could not be saved (${code}), so nothing was sent.`,
      );
    }
    this.#isComplete = true;
    if (file.bytesWritten > 0) return;
    throw new UsageError("Standard input is empty, but must be the recording. Nothing was sent.");
  }

  /** Moves the file to its lasting name, where it replaces the one of an earlier run. Call it when the journal accepts it. */
  async keep(): Promise<void> {
    if (this.#journal === undefined) return;
    const kept = keptRecordingOf(this.#journal);
    await rename(this.#path, kept);
    this.#path = kept;
  }

  /** Ends the use of the file. It is left when it is needed to continue: standard input cannot be read again. */
  async release(isDone: boolean): Promise<LeftRecording | undefined> {
    const size = await sizeOf(this.#path);
    if (isDone || this.#journal === undefined || !size) {
      await this.#remove();
      return undefined;
    }
    const isKept = this.#path === keptRecordingOf(this.#journal);
    if (!isKept && (await sizeOf(keptRecordingOf(this.#journal))) === undefined) await this.keep();
    return { suffix: this.#path.slice(this.#journal.length), isComplete: this.#isComplete };
  }

  async #remove(): Promise<void> {
    await rm(this.#path, { force: true });
    if (this.#journal === undefined) await rm(dirname(this.#path), { recursive: true, force: true });
  }
}

const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
