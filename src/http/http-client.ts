import type { Log } from "../log.ts";
import type { ByteReader, StreamFraming } from "../stream/byte-reader.ts";
import type { RequestBody } from "../upload/types.ts";

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

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
