import type { Log } from "../log.ts";
import type { ByteReader, StreamFraming } from "../stream/byte-reader.ts";

/** One attempt of a request. Header names are lower case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: RequestBody | undefined;
}

/** What the attempt needs to hear from the HTTP client while it runs. */
export interface HttpEvents {
  /** Body bytes were handed to the socket: `sentBytes` so far in this attempt. */
  onSent?(sentBytes: number): void;
  /** True while the next bytes of the request's body are awaited from its source, false when they are there. */
  onSource?(isAwaited: boolean): void;
  /** The platform sends so many body bytes as a whole, and tells nothing of them until they have arrived. */
  onSendingWhole?(bytes: number): void;
}

/** Response headers, read by name without building a `Headers` per call. */
export interface HeaderReader {
  /** Returns a header's value by its name in any case, or null. */
  get(name: string): string | null;
  /** Returns all headers as the platform's class. */
  toHeaders(): Headers;
}

/** The head of an answer, with its body still to be read. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly body: ByteReader;
  /** How the end of the body is known. Default `unknown`. */
  readonly framing?: StreamFraming | undefined;
}

/** A request under way. `abort` also ends the reading of the response; it is idempotent and never throws. */
export interface HttpExchange {
  readonly response: Promise<HttpResponse>;
  /** False as long as certainly no byte of the request has left. */
  readonly sent: boolean;
  /** Ends the exchange; pending reads reject with the reason. */
  abort(reason: Error): void;
}

/**
 * Sends bytes and nothing else: no redirects followed, no retries, no time limits, no content decoding beyond what was
 * asked for. Rejects with the platform's raw error; `transport/outcome.ts` says what it proves.
 */
export interface HttpClient {
  /** Sends one request. Its answer is in what this returns; `events` hears of its progress. */
  start(request: HttpRequest, events: HttpEvents): HttpExchange;
  /** Ends what is under way and releases the connections. */
  close(): Promise<void>;
}

/** Options of an HTTP client that the client's options carry. */
export interface HttpClientOptions {
  /** Most connections per origin. Default 64. Ignored where the platform's fetch decides. */
  readonly maxConnections?: number | undefined;
  /** Where it is said that another client than the usual one is used. */
  readonly log?: Log | undefined;
}

/** How a sender wants the chunks of a body. */
export interface OpenOptions {
  /**
   * The sender has written a chunk out, to its last byte, before it asks for the next one; chunks may then share memory.
   * Off by default: any queue between the body and the socket would be overwritten.
   */
  readonly recycle?: boolean;
}

/** The content of a request that can be produced again for every attempt. */
export interface RequestBody {
  readonly contentType: string;
  /** Exact size, or undefined when a stream does not tell. */
  readonly sizeBytes: number | undefined;
  /** False for a one-shot stream: such a request is never repeated once its body was opened. */
  readonly replayable: boolean;
  /** Called once per attempt. An iterable is always run to its end or `return()`ed by whoever sends it. */
  open(options?: OpenOptions): string | Uint8Array | AsyncIterable<Uint8Array>;
  /** The same content as a Blob, where that needs no memory: browsers can send that with its length. */
  blob?(): Blob | undefined;
  /** Called when the call is over, sent or not: lets go of the caller's stream. Idempotent, never throws. */
  release?(): void;
}
