import { annotate, HeidiError } from "../errors.ts";
import { encodeText } from "../utils/utf8.ts";
import { uploadError } from "./errors.ts";
import { BLOCK_BYTES, type ChunkReader, type FileSource } from "./file-source.ts";
import { concatBytes } from "./readers.ts";
import type { OpenOptions } from "./types.ts";

/** A part of the form: text with its framing, or a file with the lines before it (or how to get them while sending). */
export type Part =
  | { readonly text: Uint8Array }
  | {
      readonly name: string;
      readonly source: FileSource;
      readonly head: Uint8Array | (() => Promise<Uint8Array>);
    };

const LINE_END = encodeText("\r\n");
const DONE: IteratorResult<Uint8Array> = { done: true, value: undefined };

/**
 * One attempt's bytes. Written by hand around a generator because a generator's own `return()` waits for a pending
 * `next()`: an upload whose source hangs could never be aborted.
 */
export class MultipartEncoder implements AsyncIterableIterator<Uint8Array> {
  readonly #parts: readonly Part[];
  readonly #iterator: AsyncGenerator<Uint8Array, void>;
  #current: ChunkReader | undefined;
  #begun = false;
  #complete = false;
  #closing: Promise<void> | undefined;
  #interrupt: ((reason: HeidiError) => void) | undefined;

  constructor(
    parts: readonly Part[],
    end: Uint8Array,
    options: OpenOptions,
    pace: ProgressPace = new ProgressPace(),
  ) {
    this.#parts = parts;
    this.#iterator = this.#produce(end, options, pace);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#complete) return Promise.resolve(DONE);
    if (this.#closing !== undefined) return Promise.reject(this.#explain(cutOff()));
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      this.#iterator.next().then(
        (result) => {
          this.#interrupt = undefined;
          this.#begun = true;
          if (result.done === true) {
            this.#complete = true;
            void this.#close();
          }
          resolve(result);
        },
        (error: unknown) => {
          this.#interrupt = undefined;
          void this.#close();
          reject(this.#explain(error));
        },
      );
    });
  }

  /**
   * Ends the attempt and closes everything that is open. A pending `next` rejects at once: if it returned "done", a sender
   * that is still running would treat the part of the file that it has as the whole file.
   */
  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#close();
    return DONE;
  }

  // Once only: when an old attempt is ended late, the sources are the next attempt's.
  #close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#interrupt?.(this.#explain(cutOff()));
      for (const part of this.#parts) if (!("text" in part)) part.source.release();
      await this.#current?.close();
    })();
    return this.#closing;
  }

  #explain(error: unknown): HeidiError {
    const known = error instanceof HeidiError ? error : uploadError("The file could not be read.", error);
    return annotate(known, { outcome: this.#begun ? "unknown" : "not-sent" });
  }

  async *#produce(
    end: Uint8Array,
    options: OpenOptions,
    pace: ProgressPace,
  ): AsyncGenerator<Uint8Array, void> {
    let texts: Uint8Array[] = [];
    for (const part of this.#parts) {
      if ("text" in part) {
        texts.push(part.text);
        continue;
      }
      const head = typeof part.head === "function" ? await part.head() : part.head;
      // The attempt may have ended while the first bytes were awaited; what is opened now would never be closed.
      if (this.#closing !== undefined) return;
      const chunks = this.#chunksOf(part.name, part.source, options);
      // Before anything of this part is handed over, so that a file that cannot be opened costs no broken request.
      let { done, value: chunk } = await chunks.next();
      yield concatBytes([...texts, head]);
      while (done !== true && chunk !== undefined) {
        for (let start = 0; start < chunk.byteLength; ) {
          const piece: Uint8Array = chunk.subarray(start, start + pace.next());
          start += piece.byteLength;
          pace.sent(piece.byteLength);
          yield piece;
        }
        ({ done, value: chunk } = await chunks.next());
      }
      texts = [LINE_END];
    }
    yield concatBytes([...texts, end]);
  }

  /** The chunks of one file; throws at its end, thus before the request is complete, when it is not what was announced. */
  async *#chunksOf(
    name: string,
    source: FileSource,
    options: OpenOptions,
  ): AsyncGenerator<Uint8Array, undefined> {
    const reader = source.open(options);
    this.#current = reader;
    const expected = source.sizeBytes;
    let size = 0;
    for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) {
      if (chunk.byteLength === 0) continue;
      size += chunk.byteLength;
      if (expected !== undefined && size > expected) {
        throw uploadError(
          `The file in "${name}" has more than its ${expected} announced bytes; the upload was cut off.`,
        );
      }
      yield chunk;
    }
    if (expected !== undefined && size < expected) {
      throw uploadError(
        `The file in "${name}" ended after ${size} of ${expected} announced bytes; the upload was cut off.`,
      );
    }
    if (size === 0) throw uploadError(`The stream in "${name}" had no bytes: an empty file is not uploaded.`);
    await reader.close();
    return undefined;
  }
}

function cutOff(): HeidiError {
  return uploadError("The upload was ended before its last byte.");
}

/**
 * Below this, a sender's write may be queued without a request to wait: sockets queue up to 64 KiB,
 * and a recycled block (see `OpenOptions.recycle`) must not be in a queue.
 */
const LEAST_BYTES = 64 * 1024;
const SLOW_MS = 1000;

/**
 * Decides how much to hand over at a time: little at first and on a slow link, where a large chunk would look like
 * a stall and make progress jump; much on a fast one. All sizes are powers of two, so every piece but the last of a
 * file has at least the least size.
 */
export class ProgressPace {
  readonly #now: () => number;
  #size = LEAST_BYTES;
  #sent = 0;
  #since: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** The largest size of the next chunk; called when the last one was taken. */
  next(): number {
    const now = this.#now();
    if (now - this.#since > SLOW_MS) this.#size = LEAST_BYTES;
    else if (this.#sent >= this.#size * 8) this.#size = Math.min(this.#size * 2, BLOCK_BYTES);
    this.#since = now;
    return this.#size;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }
}
