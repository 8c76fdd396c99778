import {
  annotate,
  HeidiAbortError,
  HeidiConnectionError,
  HeidiError,
  HeidiStreamError,
  isHeidiError,
} from "../errors.ts";
import { ignoreFailure } from "../utils/values.ts";
import type { StreamFraming } from "./byte-reader.ts";
import { BodyReader } from "./decoder.ts";
import {
  DEFAULT_MAX_TEXT_LENGTH,
  DONE,
  type ItemReader,
  type JsonStreamInit,
  type PendingReads,
  type StreamSource,
  type WaitingRead,
} from "./types.ts";

/**
 * Reads the items of one response. An item that is already decoded resolves at once; otherwise it reads one chunk and
 * decodes only as much of it as the consumer asks for. Every end (done, failed, closed, aborted) releases the reader.
 */
export class StreamReader<T> implements ItemReader<T>, PendingReads<T> {
  readonly #init: JsonStreamInit;
  readonly #maxTextLength: number;
  /** The maximum length of the text, when the consumer asked for the text. */
  #collectLength: number | undefined;
  #opening: Promise<StreamSource> | undefined;
  #source: StreamSource | undefined;
  /** Decodes the body. */
  #body: BodyReader<T> | undefined;
  #ended = false;
  #isMarked = false;
  #failure: HeidiError | undefined;
  /** The pending calls of `next()`, in order. A chunk is requested only for the first of them. */
  readonly queue: WaitingRead<T>[] = [];

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
    this.#body?.collect(maxLength);
    for (;;) {
      while (this.poll() !== undefined);
      if ((await this.next()).done) return this.#body?.text ?? "";
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
      if (this.queue.push({ resolve, reject }) === 1) this.#serve();
    });
  }

  poll(): T | undefined {
    if (this.queue.length > 0 || this.#body === undefined || this.#ended) return undefined;
    try {
      return this.#body.take();
    } catch (error) {
      throw this.fail(error);
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
    this.settle();
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
    const failure = this.fail(error);
    if (isStarted) this.#init.abort(failure);
    this.settle();
  }

  async #open(): Promise<StreamSource> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) throw new HeidiAbortError("The stream was closed before its request was sent.");
    const source = await this.#init.open();
    this.#source = source;
    if (this.#ended) {
      this.#release(); // closed or aborted meanwhile: this response will not be read
      return source;
    }
    const { maxItemBytes } = this.#init.limits ?? {};
    this.#body = new BodyReader(this, source, { maxItemBytes, maxTextLength: this.#maxTextLength });
    if (this.#collectLength !== undefined) this.#body.collect(this.#collectLength);
    return source;
  }

  /** Resolves pending calls as far as possible, after opening the stream. */
  #serve(): void {
    if (this.#ended) this.settle();
    else if (this.#body !== undefined) this.#body.serve();
    else
      this.open().then(
        () => this.#serve(),
        (error: unknown) => {
          this.fail(error);
          this.settle();
        },
      );
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  finish(isMarked: boolean): void {
    this.#ended = true;
    this.#isMarked = isMarked;
    this.#release();
    if (this.#source) this.#init.onEnd?.(this.framing ?? "unknown", this.#source);
    this.settle();
  }

  settle(): void {
    for (const { resolve, reject } of this.queue.splice(0)) {
      if (this.#failure !== undefined) reject(this.#failure);
      else resolve(DONE);
    }
  }

  fail(raised: unknown): HeidiError {
    if (this.#failure !== undefined) return this.#failure;
    const source = this.#source;
    const error = source === undefined ? raised : asStreamError(raised);
    const failure = isHeidiError(error)
      ? error
      : new HeidiError("The request failed.", { outcome: "unknown", cause: error });
    if (source !== undefined) {
      // The response was a success, regardless of what happened to its body.
      annotate(failure, { ...source.facts, requestId: source.requestId, outcome: "processed" });
      HeidiError.keepPartialText(failure, this.#body?.text ?? "");
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
    this.#body?.release();
    try {
      ignoreFailure(this.#source?.reader.cancel());
    } catch {
      // Errors of closing the connection no longer matter.
    }
    this.#init.onRelease?.(this.#failure, this.#source?.reader.receivedBytes);
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
