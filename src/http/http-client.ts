import type { Log } from "../log.ts";
import type { ByteReader, StreamFraming } from "../stream/byte-reader.ts";

/** One attempt of a request. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: RequestBody | undefined;
}

/** The events that an HTTP client reports to an attempt. */
export interface HttpEvents {
  /** Called when body bytes were passed to the socket: `sentBytes` so far in this attempt. */
  onSent?(sentBytes: number): void;
  /** Called with true while the client waits for the source of the request's body, with false when bytes arrived. */
  onSource?(isAwaited: boolean): void;
  /** Called when the platform sends the body as a whole and reports no progress. */
  onSendingWhole?(bytes: number): void;
}

/** Response headers, read by name without building a `Headers` per call. */
export interface HeaderReader {
  /** Returns a header's value by its name in any case, or null. */
  get(name: string): string | null;
  /** Returns all headers as the platform's class. */
  toHeaders(): Headers;
}

/** A response whose body is still unread. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly body: ByteReader;
  /** The framing that marks the end of the body. Default `unknown`. */
  readonly framing?: StreamFraming | undefined;
}

/** A running request. `abort` also ends the reading of the response; it is idempotent and never throws. */
export interface HttpExchange {
  readonly response: Promise<HttpResponse>;
  /** False while certainly no byte of the request has been sent. */
  readonly sent: boolean;
  /** Ends the exchange; pending reads reject with the reason. */
  abort(reason: Error): void;
}

/**
 * Sends requests without redirects, retries or time limits, and without content decoding beyond what was requested.
 * Rejects with the platform's raw error; `http/outcome.ts` classifies it.
 */
export interface HttpClient {
  /** Sends one request. Returns its exchange; `events` reports its progress. */
  start(request: HttpRequest, events: HttpEvents): HttpExchange;
  /** Aborts the running requests and releases the connections. */
  close(): Promise<void>;
}

/** The options of an HTTP client that come from the client's options. */
export interface HttpClientOptions {
  /** The maximum number of connections per origin. Default 64. Ignored where the platform's fetch decides. */
  readonly maxConnections?: number | undefined;
  /** The log that receives a warning when the fallback client is used. */
  readonly log?: Log | undefined;
}

/** The options for opening a body. */
export interface OpenOptions {
  /**
   * True when the sender writes a chunk completely before it requests the next one; chunks may then share memory. Default
   * false: otherwise a queue between the body and the socket would be overwritten.
   */
  readonly recycle?: boolean;
}

/** The content of a request that can be produced again for every attempt. */
export interface RequestBody {
  readonly contentType: string;
  /** The exact size; undefined for a stream of unknown size. */
  readonly sizeBytes: number | undefined;
  /** False for a one-shot stream: such a request is never repeated after its body was opened. */
  readonly replayable: boolean;
  /** Called once per attempt. The sender always reads an iterable to its end or calls `return()`. */
  open(options?: OpenOptions): string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Returns the content as a Blob, if that needs no memory: browsers can send a Blob with its length. */
  blob?(): Blob | undefined;
  /** Called at the end of the call, sent or not: releases the caller's stream. Idempotent, never throws. */
  release?(): void;
}
