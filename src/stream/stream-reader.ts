import {
  annotate,
  HeidiAbortError,
  HeidiConnectionError,
  HeidiError,
  HeidiStreamError,
  isHeidiError,
} from "../errors.ts";
import { loadChunk } from "../utils/lazy.ts";
import { ignoreFailure } from "../utils/values.ts";
import { type ChunkSink, pullFrom, type StreamFraming } from "./byte-reader.ts";
import type { StreamDecoder } from "./decoder.ts";
import { DEFAULT_MAX_TEXT_LENGTH } from "./text-buffer.ts";
import { DONE, type ItemReader, type JsonStreamInit, type StreamSource } from "./types.ts";

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: HeidiError): void;
}

/**
 * Reads the items of one answer. An item that is already decoded resolves at once; otherwise it reads one chunk and
 * decodes only as much of it as the consumer asks for. Every end (done, failed, closed, aborted) releases the reader.
 */
export class StreamReader<T> implements ItemReader<T>, ChunkSink {
  readonly #init: JsonStreamInit;
  readonly #maxTextLength: number;
  /** The maximum length of the text, when the consumer asked for the text. */
  #collectLength: number | undefined;
  #opening: Promise<StreamSource> | undefined;
  #source: StreamSource | undefined;
  #decoder: StreamDecoder<T> | undefined;
  #ended = false;
  #isMarked = false;
  #failure: HeidiError | undefined;
  /** The pending calls of `next()`, in order. A chunk is requested only for the first of them. */
  readonly #queue: Waiting<T>[] = [];
  #isServing = false;
  #again = false;

  constructor(init: JsonStreamInit) {
    this.#init = init;
    this.#maxTextLength = init.limits?.maxTextLength ?? DEFAULT_MAX_TEXT_LENGTH;
  }

  get framing(): StreamFraming | undefined {
    if (this.#isMarked) return "marked";
    return this.#source && (this.#source.framing ?? "unknown");
  }

  async text(maxLength: number = this.#maxTextLength): Promise<string> {
    this.#collectLength = maxLength;
    this.#decoder?.collect(maxLength);
    for (;;) {
      while (this.poll() !== undefined);
      if ((await this.next()).done) return this.#decoder?.text ?? "";
    }
  }

  open(): Promise<StreamSource> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    try {
      const item = this.poll();
      if (item !== undefined) return Promise.resolve({ done: false, value: item });
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      if (this.#queue.push({ resolve, reject }) === 1) this.#serve();
    });
  }

  poll(): T | undefined {
    if (this.#queue.length > 0 || this.#decoder === undefined || this.#ended) return undefined;
    try {
      return this.#decoder.take();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    if (this.#opening !== undefined && this.#source === undefined) {
      this.#init.abort(
        new HeidiAbortError("The stream was closed before its response arrived.", { outcome: "unknown" }),
      );
    }
    this.#settle();
  }

  abort(reason: unknown): void {
    if (this.#ended) return;
    const isStarted = this.#opening !== undefined;
    const sent = this.#source === undefined ? "unknown" : "processed";
    const error =
      reason instanceof HeidiAbortError
        ? reason
        : new HeidiAbortError(
            isStarted
              ? "The stream was aborted. The request may have been processed: check the session before you repeat it."
              : "The stream was aborted before its request was sent.",
            { cause: reason, outcome: isStarted ? sent : "not-sent" },
          );
    const failure = this.#fail(error);
    if (isStarted) this.#init.abort(failure);
    this.#settle();
  }

  async #open(): Promise<StreamSource> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) throw new HeidiAbortError("The stream was closed before its request was sent.");
    // Loaded with the first stream, while its request is in flight.
    const loading = loadChunk(import("./decoder.ts"));
    loading.catch(() => undefined);
    const source = await this.#init.open();
    this.#source = source;
    const { StreamDecoder } = await loading;
    if (this.#ended) {
      this.#release(); // closed or aborted meanwhile: this answer will not be read
      return source;
    }
    const { contentType } = source;
    const { maxItemBytes } = this.#init.limits ?? {};
    this.#decoder = new StreamDecoder({ contentType, maxItemBytes, maxTextLength: this.#maxTextLength });
    if (this.#collectLength !== undefined) this.#decoder.collect(this.#collectLength);
    return source;
  }

  /** Internal: the reader's answer. */
  onChunk(chunk: Uint8Array | undefined): void {
    try {
      if (!this.#ended) this.#decoder?.add(chunk);
    } catch (error) {
      this.#fail(error);
    }
    this.#serve();
  }

  /** Internal: the reader's answer when it failed. */
  onFault(error: unknown): void {
    this.#fail(error);
    this.#settle();
  }

  /** Resolves pending calls as far as possible. A reader may deliver a chunk synchronously, hence a loop, not recursion. */
  #serve(): void {
    this.#again = true;
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#serveNext();
      }
    } catch (error) {
      this.onFault(error);
    } finally {
      this.#isServing = false;
    }
  }

  #serveNext(): void {
    const incoming = this.#decoder;
    const reader = this.#source?.reader;
    if (this.#ended) {
      this.#settle();
      return;
    }
    if (incoming === undefined || reader === undefined) {
      this.open().then(
        () => this.#serve(),
        (error: unknown) => this.onFault(error),
      );
      return;
    }
    const item = incoming.take();
    if (incoming.takeContent()) reader.onData?.();
    if (item !== undefined) {
      this.#queue.shift()?.resolve({ done: false, value: item });
      this.#again = this.#queue.length > 0;
    } else if (incoming.isOver) {
      this.#ended = true;
      this.#isMarked = incoming.isMarked;
      this.#release();
      if (this.#source) this.#init.onEnd?.(this.framing ?? "unknown", this.#source);
      this.#settle();
    } else {
      pullFrom(reader, this);
    }
  }

  /** After the end: settles all pending calls. */
  #settle(): void {
    for (const { resolve, reject } of this.#queue.splice(0)) {
      if (this.#failure !== undefined) reject(this.#failure);
      else resolve(DONE);
    }
  }

  /** Ends the cursor; the first failure counts. */
  #fail(raised: unknown): HeidiError {
    if (this.#failure !== undefined) return this.#failure;
    const source = this.#source;
    const error = source === undefined ? raised : asStreamError(raised);
    const failure = isHeidiError(error)
      ? error
      : new HeidiError("The request failed.", { outcome: "unknown", cause: error });
    if (source !== undefined) {
      // The answer was a success, regardless of what happened to its body.
      annotate(failure, { ...source.facts, requestId: source.requestId, outcome: "processed" });
      HeidiError.keepPartialText(failure, this.#decoder?.text ?? "");
    }
    this.#init.trace?.(failure);
    if (!this.#ended) {
      this.#ended = true;
      this.#failure = failure;
      this.#release();
    }
    return failure;
  }

  #release(): void {
    this.#decoder?.release();
    try {
      ignoreFailure(this.#source?.reader.cancel());
    } catch {
      // Errors of closing the connection no longer matter.
    }
  }
}

/** Converts a broken connection after a success to the error of a truncated stream; timeouts and aborts stay unchanged. */
function asStreamError(error: unknown): unknown {
  if (isHeidiError(error) && !(error instanceof HeidiConnectionError)) return error;
  return new HeidiStreamError(
    "truncated",
    "The connection broke in the middle of the stream. The request was processed; the text received so far is in `partialText`. Check the session before you repeat the request.",
    { outcome: "processed", cause: error },
  );
}
