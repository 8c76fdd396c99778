import type { ErrorFacts, HeidiError } from "../errors.ts";
import type { ByteReader, StreamFraming } from "./byte-reader.ts";

/** A successful response whose body is about to be read. */
export interface StreamSource {
  readonly reader: ByteReader;
  readonly contentType: string | undefined;
  /** The way in which the end of the body is known. Default `unknown`. */
  readonly framing?: StreamFraming | undefined;
  /** Built on demand: most readers of a stream never use it. */
  response(): Response;
  readonly requestId: string | undefined;
  /** The facts of the call, for the errors of the stream; `requestId` can be omitted. */
  readonly facts?: ErrorFacts | undefined;
}

/** The limits of one stream. */
export interface StreamLimits {
  /** The longest object, in bytes (in an event stream the longest line and event). Default 8 MiB. */
  readonly maxItemBytes?: number | undefined;
  /** The number of characters that `text()` accepts by default and `partialText` keeps. Default 67,108,864. */
  readonly maxTextLength?: number | undefined;
}

/** The source of a {@link JsonStream}. */
export interface JsonStreamInit {
  /** Sends the request and resolves once the headers of a success arrive. Called at most once. */
  open(): Promise<StreamSource>;
  /** Aborts the request, also while it is being sent. Called at most once, never before `open`. */
  abort(reason: Error): void;
  /** Called once, when the response was read to its end without an error. Must not throw. */
  onEnd?(framing: StreamFraming, source: StreamSource): void;
  /** Called when the connection is released, with the error that ended the stream and the size of what was read. Must not throw. */
  onRelease?(error: HeidiError | undefined, receivedBytes: number | undefined): void;
  /** Called first with the error that ends the stream. */
  trace?(error: HeidiError): void;
  readonly limits?: StreamLimits | undefined;
}

/** The source of a stream's items: the network, or a branch of a `tee()`. */
export interface ItemReader<T> {
  /** Undefined before the headers of the response arrive. */
  readonly framing: StreamFraming | undefined;
  /** Calls may overlap; they settle in order. A failed cursor fails every further call in the same way. */
  next(): Promise<IteratorResult<T, undefined>>;
  /**
   * Returns the next item if it is available and no earlier call is pending; otherwise undefined: call `next()`. Throws the
   * errors with which `next()` rejects. It saves readers a promise per item.
   */
  poll(): T | undefined;
  /** Ends it without an error: closes the connection; pending and further calls are `done`. */
  close(): void;
  /** Ends it with an error for pending and further calls. */
  abort(reason: unknown): void;
  /** Sends the request if that has not happened. */
  open(): Promise<StreamSource>;
  /** Reads to the end and returns the text of all items; fails with `too-long` beyond the limit. */
  text(maxLength: number | undefined): Promise<string>;
}

/** A pending call of `next()`. */
export interface WaitingRead<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** The reads of a stream that wait for its body, and the ways in which the body ends them. */
export interface PendingReads<T> {
  /** The pending calls, in order. A chunk is requested only for the first of them. */
  readonly queue: WaitingRead<T>[];
  readonly isEnded: boolean;
  /** Ends the stream after its last item. */
  finish(isMarked: boolean): void;
  /** Ends the stream with an error; the first failure counts. */
  fail(error: unknown): HeidiError;
  /** After the end: settles all pending calls. */
  settle(): void;
}

export const DONE: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined });

/** A decoder from chunks to objects. It is lazy: only `next()` decodes. Throws `HeidiStreamError`. */
export interface Decoder {
  /** Accepts the next chunk. Call it only after `next()` has returned undefined. */
  push(chunk: Uint8Array): void;
  /** Returns the next object of the chunk, or undefined when another chunk is needed. */
  next(): object | undefined;
  /** Marks the end of the bytes and checks what is incomplete. `next()` may still return a last object. */
  end(): void;
  /** True after the format's own end mark; the bytes after it are ignored. */
  readonly finished: boolean;
  /** Returns true when there was content (more than heartbeats) since the last call. */
  takeContent(): boolean;
}

/** The start position of a decoder, when something was read before it. */
export const START: Position = { line: 1, offsetBytes: 0 };

export const DEFAULT_MAX_ITEM_BYTES = 8_388_608;

/** The amount of text kept by default, in characters. */
export const DEFAULT_MAX_TEXT_LENGTH = 67_108_864;

/** The fields of an item that are read. */
export interface ItemFields {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly detail?: unknown;
}

/** Returns the text of an item, if it has one. Unknown fields, a missing and a null `data` are tolerated. */
export function textOf(item: ItemFields): string | undefined {
  return typeof item.data === "string" ? item.data : undefined;
}

/** A position in a body. Both numbers count from the beginning of the body, before any decoding. */
export interface Position {
  /** The number of the line, from 1. A line ends with LF. */
  readonly line: number;
  readonly offsetBytes: number;
}
