import { annotate, HeidiError } from "../errors.ts";
import { encodeText } from "../utils/utf8.ts";
import { uploadError } from "./errors.ts";
import { BLOCK_BYTES, type ChunkReader, type FileSource } from "./file-source.ts";
import { concatBytes } from "./readers.ts";
import type { OpenOptions } from "./types.ts";

/** A part of the form: text with its framing, or a file with its part headers (or a function that returns them while sending). */
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
 * Encodes the bytes of one attempt. It wraps a generator, because the `return()` of a generator waits for a pending
 * `next()`: an upload whose source hangs could never be aborted.
 */
export class MultipartEncoder implements AsyncIterableIterator<Uint8Array> {
  readonly #parts: readonly Part[];
  readonly #iterator: AsyncGenerator<Uint8Array, void>;
  #current: ChunkReader | undefined;
  #begun = false;
  #complete = false;
  #endReached = false;
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

  /** False while the end of the body was certainly not sent: it is the last chunk. */
  get isEndReached(): boolean {
    return this.#endReached;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#complete) return Promise.resolve(DONE);
    if (this.#closing !== undefined) return Promise.reject(this.#explain(aborted()));
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
   * that is still running would treat the truncated file as complete.
   */
  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#close();
    return DONE;
  }

  // Closes only once: when an old attempt ends late, the next attempt already uses the sources.
  #close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#interrupt?.(this.#explain(aborted()));
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
      // The attempt may have ended while the first bytes were awaited; a file opened now would never be closed.
      if (this.#closing !== undefined) return;
      const chunks = this.#chunksOf(part.name, part.source, options);
      // Read before any byte of this part is sent, so that a file that cannot be opened does not break the request.
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
    this.#endReached = true;
    yield concatBytes([...texts, end]);
  }

  /** Yields the chunks of one file. Throws before the request is complete when the file has another size than announced. */
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
          `The file in "${name}" has more than its ${expected} announced bytes; the upload was aborted.`,
        );
      }
      yield chunk;
    }
    if (expected !== undefined && size < expected) {
      throw uploadError(
        `The file in "${name}" ended after ${size} of ${expected} announced bytes; the upload was aborted.`,
      );
    }
    if (size === 0) throw uploadError(`The stream in "${name}" is empty (0 bytes); the upload was aborted.`);
    await reader.close();
    return undefined;
  }
}

function aborted(): HeidiError {
  return uploadError("The upload was aborted before its last byte.");
}

/**
 * The minimum size of a chunk. A socket can queue smaller writes (up to 64 KiB) without backpressure, and a recycled block
 * (see `OpenOptions.recycle`) must not be in a queue.
 */
const MIN_CHUNK_BYTES = 64 * 1024;
const SLOW_MS = 1000;

/**
 * Adapts the chunk size to the connection: small at first and on a slow connection, where a large chunk would look like a
 * stall and make the progress jump; large on a fast one. All sizes are powers of two, so every chunk except the last of a
 * file has at least the minimum size.
 */
export class ProgressPace {
  readonly #now: () => number;
  #size = MIN_CHUNK_BYTES;
  #sent = 0;
  #since: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** Returns the maximum size of the next chunk; called when the previous one was consumed. */
  next(): number {
    const now = this.#now();
    if (now - this.#since > SLOW_MS) this.#size = MIN_CHUNK_BYTES;
    else if (this.#sent >= this.#size * 8) this.#size = Math.min(this.#size * 2, BLOCK_BYTES);
    this.#since = now;
    return this.#size;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }
}
