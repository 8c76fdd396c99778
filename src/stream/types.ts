import type { ErrorFacts, HeidiError } from "../errors.ts";
import type { ByteReader, StreamFraming } from "./byte-reader.ts";
import type { Position } from "./errors.ts";

/** A successful answer whose body is about to be read. */
export interface StreamSource {
  readonly reader: ByteReader;
  readonly contentType: string | undefined;
  /** How the end of the body is known. Default `unknown`. */
  readonly framing?: StreamFraming | undefined;
  /** Built when asked for: most readers of a stream never do. */
  response(): Response;
  readonly requestId: string | undefined;
  /** What is known of the call, for the errors of the stream; `requestId` need not be repeated. */
  readonly facts?: ErrorFacts | undefined;
}

/** Bounds of one stream. */
export interface StreamLimits {
  /** The longest object, in bytes (in an event stream the longest line and event). Default 8 MiB. */
  readonly maxItemBytes?: number | undefined;
  /** How many characters `text()` accepts by default and `partialText` keeps. Default 67,108,864. */
  readonly maxTextLength?: number | undefined;
}

/** What a {@link JsonStream} is made from. */
export interface JsonStreamInit {
  /** Sends the request and resolves once the headers of a success are there. Called at most once. */
  open(): Promise<StreamSource>;
  /** Aborts the request, also while it is being sent. Called at most once, never before `open`. */
  abort(reason: Error): void;
  /** Called once, when the answer was read to its end without an error. Must not throw. */
  onEnd?(framing: StreamFraming, source: StreamSource): void;
  /** Called first with the error that ends the stream. */
  trace?(error: HeidiError): void;
  readonly limits?: StreamLimits | undefined;
}

/** Where the items of a stream come from: the network, or a branch of a `tee()`. */
export interface ItemReader<T> {
  /** Undefined before the headers of the answer are there. */
  readonly framing: StreamFraming | undefined;
  /** Calls may overlap; they settle in order. A failed cursor fails every further call in the same way. */
  next(): Promise<IteratorResult<T, undefined>>;
  /**
   * The next item if it is there already and nobody waits before; undefined when `next()` has to tell. Throws as `next()`
   * rejects. What spares its readers a promise per item.
   */
  poll(): T | undefined;
  /** Ends it quietly: the connection is closed, waiting and further calls are `done`. */
  close(): void;
  /** Ends it with an error for waiting and further calls. */
  abort(reason: unknown): void;
  /** Sends the request if that has not happened. */
  open(): Promise<StreamSource>;
  /** Reads to the end and returns the text of all items; fails with `too-long` beyond the limit. */
  text(maxLength: number | undefined): Promise<string>;
}

export const DONE: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });

/** Turns chunks into objects, lazily: nothing is decoded before `next()` asks for it. Throws `HeidiStreamError`. */
export interface Decoder {
  /** Takes the next chunk. Only after `next()` has returned undefined. */
  push(chunk: Uint8Array): void;
  /** The next object of the chunk, or undefined when another chunk is needed. */
  next(): object | undefined;
  /** No more bytes will come: whatever is incomplete is judged. `next()` may have a last object after it. */
  end(): void;
  /** True when the format's own end mark was seen; the bytes after it do not count. */
  readonly finished: boolean;
  /** Whether content (more than heartbeats) was seen since the last call. */
  takeContent(): boolean;
}

/** Where a decoder starts, when something was read before it. */
export const START: Position = { line: 1, offsetBytes: 0 };

export const DEFAULT_MAX_ITEM_BYTES = 8_388_608;
