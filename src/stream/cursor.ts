import {
  annotate,
  HeidiAbortError,
  HeidiConnectionError,
  HeidiError,
  HeidiStreamError,
  isHeidiError,
} from "../errors.ts";
import { load } from "../loading.ts";
import type { Arrived } from "./arrived.ts";
import type { BodyDecoder } from "./body-decoder.ts";
import type { Decoder } from "./decoder.ts";
import { textTooLong } from "./faults.ts";
import { type ItemFields, refuseErrorObject } from "./item.ts";
import { DONE, type ItemCursor, type JsonStreamInit, type StreamSource } from "./source.ts";
import { DEFAULT_MAX_TEXT_LENGTH, TextBuffer } from "./text-buffer.ts";

interface Waiting {
  end(): void;
  fail(error: HeidiError): void;
}

/**
 * Reads the items of one answer. An item that is already decoded resolves at once; otherwise one chunk is read and decoded
 * as far as the consumer asks, never further. Every end (done, failed, closed, aborted) releases the reader.
 */
export class NetworkCursor<T> implements ItemCursor<T> {
  readonly #init: JsonStreamInit;
  readonly #maxTextLength: number;
  /** The text, when that is what the consumer asked for; otherwise what it can be made from. */
  #text: TextBuffer | undefined;
  #arrived: Arrived | undefined;
  #opening: Promise<StreamSource> | undefined;
  #source: StreamSource | undefined;
  #decoder: BodyDecoder | undefined;
  #atEnd = false;
  #ended = false;
  #failure: HeidiError | undefined;
  #queued = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting: Waiting | undefined;

  constructor(init: JsonStreamInit) {
    this.#init = init;
    this.#maxTextLength = init.limits?.maxTextLength ?? DEFAULT_MAX_TEXT_LENGTH;
  }

  async text(maxLength: number | undefined): Promise<string> {
    const text = new TextBuffer(maxLength ?? this.#maxTextLength);
    this.#text = text;
    this.#arrived = undefined;
    for (;;) {
      while (this.poll() !== undefined);
      if ((await this.next()).done) return text.toString();
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
    return this.#enqueue();
  }

  poll(): T | undefined {
    if (this.#queued > 0 || this.#decoder === undefined || this.#ended) return undefined;
    try {
      return this.#take(this.#decoder.current);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#arrived?.clear();
    this.#release();
    if (this.#opening !== undefined && this.#source === undefined) {
      this.#init.abort(
        new HeidiAbortError("The stream was closed before its answer had come.", { outcome: "unknown" }),
      );
    }
    this.#waiting?.end();
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
              ? "The stream was aborted. The request may have been processed: look at the session before asking again."
              : "The stream was aborted before its request was sent.",
            { cause: reason, outcome: isStarted ? sent : "not-sent" },
          );
    const failure = this.#fail(error);
    if (isStarted) this.#init.abort(failure);
    this.#waiting?.fail(failure);
  }

  async #open(): Promise<StreamSource> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) throw new HeidiAbortError("The stream was closed before its request was sent.");
    // Loaded with the first stream, while its request is on the way.
    const loading = load(import("./reading.ts"));
    loading.catch(() => undefined);
    const source = await this.#init.open();
    this.#source = source;
    const { beginReading } = await loading;
    // Closed or aborted meanwhile: nobody will read this answer.
    if (this.#ended) this.#release();
    else {
      const { maxItemBytes } = this.#init.limits ?? {};
      const reading = beginReading(source.contentType, maxItemBytes, this.#maxTextLength);
      this.#decoder = reading.decoder;
      if (this.#text === undefined) this.#arrived = reading.arrived;
    }
    return source;
  }

  /** Calls that cannot be answered at once wait for their turn. */
  #enqueue(): Promise<IteratorResult<T, undefined>> {
    const turn = (): Promise<IteratorResult<T, undefined>> =>
      new Promise((resolve, reject) => {
        this.#waiting = { end: () => resolve(DONE), fail: reject };
        this.#advance().then(resolve, reject);
      });
    const result = this.#queued === 0 ? turn() : this.#tail.then(turn);
    this.#queued++;
    const settle = (): void => {
      this.#queued--;
      this.#waiting = undefined;
    };
    this.#tail = result.then(settle, settle);
    return result;
  }

  async #advance(): Promise<IteratorResult<T, undefined>> {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return DONE;
      const { reader } = await this.open();
      const decoder = this.#decoder;
      for (;;) {
        if (this.#ended || decoder === undefined) break;
        const item = this.#take(decoder.current);
        if (decoder.takeContent()) reader.onData?.();
        if (item !== undefined) return { done: false, value: item };
        if (this.#atEnd || decoder.finished) {
          this.#ended = true;
          this.#release();
          this.#arrived?.clear();
          return DONE;
        }
        const chunk = await reader.read();
        if (this.#ended) break;
        if (chunk !== undefined) {
          this.#arrived?.keep(chunk);
          decoder.push(chunk);
        } else {
          this.#atEnd = true;
          decoder.end();
        }
      }
    } catch (error) {
      throw this.#fail(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return DONE;
  }

  #take(decoder: Decoder): T | undefined {
    const item: ItemFields | undefined = decoder.next();
    if (item === undefined) return undefined;
    const text = item.data;
    if (typeof text !== "string") {
      refuseErrorObject(item);
      this.#arrived?.count(0);
    } else {
      if (this.#text === undefined) this.#arrived?.count(text.length);
      else if (!this.#text.add(text)) throw textTooLong(this.#text.maxLength);
      if (item.error !== undefined) refuseErrorObject(item);
    }
    // The one place where what the wire sent is taken for what the spec promises.
    return item as T;
  }

  /** Ends the cursor; the first failure is the one that counts. */
  #fail(raised: unknown): HeidiError {
    if (this.#failure !== undefined) return this.#failure;
    const source = this.#source;
    const error = source === undefined ? raised : asStreamError(raised);
    const failure = isHeidiError(error)
      ? error
      : new HeidiError("The request failed.", { outcome: "unknown", cause: error });
    if (source !== undefined) {
      // The answer was a success, whatever then happened to its body.
      annotate(failure, { ...source.facts, requestId: source.requestId, outcome: "processed" });
      HeidiError.keepPartialText(failure, String(this.#text ?? this.#arrived ?? ""));
    }
    if (!this.#ended) {
      this.#ended = true;
      this.#failure = failure;
      this.#release();
    }
    return failure;
  }

  #release(): void {
    this.#decoder = undefined;
    try {
      const cancelled: unknown = this.#source?.reader.cancel();
      if (cancelled instanceof Promise) cancelled.catch(() => undefined);
    } catch {
      // What closing the connection has to say does not matter any more.
    }
  }
}

/** A broken connection after a success is a stream that was cut; time limits and aborts stay what they are. */
function asStreamError(error: unknown): unknown {
  if (isHeidiError(error) && !(error instanceof HeidiConnectionError)) return error;
  return new HeidiStreamError(
    "truncated",
    "The connection broke in the middle of the stream. The request was processed; what had arrived is in `partialText`. Look at the session before asking again.",
    { outcome: "processed", cause: error },
  );
}
