import { keepContext } from "../context.ts";
import { HeidiConfigurationError } from "../errors.ts";
import { acceptsNoStore, isBrowser } from "../platform.ts";
import { type ByteReader, type ChunkSink, readFrom } from "../stream/bytes.ts";
import type { RequestBody } from "./body.ts";
import { FetchedHeaders, framingOf } from "./headers.ts";
import type { Wire, WireEvents, WireExchange, WireOptions, WireRequest, WireResponse } from "./wire.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The wire where there is no undici: the platform's own fetch. */
export function createWire(_options: WireOptions = {}): Wire {
  if (typeof globalThis.fetch !== "function") {
    throw new HeidiConfigurationError(
      "This environment has no `fetch`; nothing was sent. Give the client one in the option `fetch`, or run in an " +
        "environment that has it: a test under Jest's jsdom can name `@jest-environment node`.",
    );
  }
  return fetchWire((url, init) => globalThis.fetch(url, init), true);
}

/** A wire on any function that behaves like fetch, and bounded when it does not. */
export function createFetchWire(fetch: Fetch): Wire {
  return fetchWire(fetch, false);
}

/** Only of the platform's own fetch is it known that it sends: what a line may take is no measure for anybody's function. */
function fetchWire(fetch: Fetch, isPlatforms: boolean): Wire {
  return {
    start: (request, { onSendingWhole, ...events }) =>
      new FetchExchange(
        fetch,
        request,
        isPlatforms && onSendingWhole ? { ...events, onSendingWhole } : events,
      ),
    close: () => Promise.resolve(),
  };
}

class FetchExchange implements WireExchange, ByteReader {
  readonly response: Promise<WireResponse>;
  /** fetch never tells when it begins to write. */
  readonly sent = true;
  readonly #controller = new AbortController();
  #reason: Error | undefined;
  /** Settles what is waited for at the moment of an abort, even if fetch itself never would. */
  #interrupt: ((reason: Error) => void) | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #sink: ChunkSink | undefined;
  #ended = false;

  constructor(fetch: Fetch, request: WireRequest, events: WireEvents) {
    this.response = this.#interruptible(() => this.#send(fetch, request, events));
  }

  async #send(fetch: Fetch, request: WireRequest, events: WireEvents): Promise<WireResponse> {
    const { method, url, headers, body } = request;
    headers["accept-encoding"] = "identity"; // browsers decide for themselves, and leave it out
    const init: RequestInit & { duplex?: "half" } = {
      method,
      headers,
      signal: this.#controller.signal,
      redirect: "manual",
    };
    let wholeBytes: number | undefined;
    if (body) {
      const content = toBodyInit(body, events);
      init.body = content;
      wholeBytes = sizeOf(content);
      if (wholeBytes !== undefined) events.onSendingWhole?.(wholeBytes);
      if (content instanceof ReadableStream) {
        init.duplex = "half";
        // With any other mode fetch keeps a copy of the stream for a redirect: the whole upload in memory.
        init.redirect = "error";
      }
    }
    // Answers hold patient data: no cache of a page or of a framework's fetch, no cookies, no referrer.
    if (acceptsNoStore()) init.cache = "no-store";
    if (isBrowser()) Object.assign(init, { credentials: "omit", referrerPolicy: "no-referrer" });
    const response: unknown = await fetch(url, init);
    if (!isResponse(response)) throw new TypeError("fetch did not resolve with a Response");
    if (this.#reason) {
      response.body?.cancel().catch(() => undefined); // it came too late; nobody will read it
      throw this.#reason;
    }
    if (wholeBytes !== undefined) events.onSent?.(wholeBytes);
    this.#reader = response.body?.getReader();
    const status = response.type === "opaqueredirect" ? 302 : response.status;
    const received = new FetchedHeaders(response.headers);
    // Browsers hide the header of chunks, and HTTP/2 has none.
    return { status, headers: received, body: this, framing: framingOf(received) ?? "unknown" };
  }

  abort(reason: Error): void {
    if (this.#reason || this.#ended) return;
    this.#reason = reason;
    this.#controller.abort(reason);
    this.#interrupt?.(reason);
    this.#takeSink()?.onFault(reason);
    this.#reader?.cancel(reason).catch(() => undefined); // a body that does not listen to the signal
  }

  read(): Promise<Uint8Array | undefined> {
    return readFrom(this);
  }

  pull(sink: ChunkSink): void {
    const reader = this.#reader;
    if (this.#reason) sink.onFault(this.#reason);
    else if (!reader || this.#ended) sink.onChunk(undefined);
    else {
      this.#sink = sink;
      reader.read().then(this.#onRead, this.#onFault);
    }
  }

  // Bound once, for they are handed over with every chunk. Nobody is told twice: an abort may have been faster.
  readonly #onRead = ({ done, value }: ReadableStreamReadResult<Uint8Array>): void => {
    if (done) this.#ended = true;
    this.#takeSink()?.onChunk(value);
  };

  readonly #onFault = (error: unknown): void => this.#takeSink()?.onFault(error);

  #takeSink(): ChunkSink | undefined {
    const sink = this.#sink;
    this.#sink = undefined;
    return sink;
  }

  cancel(): void {
    this.abort(new Error("the reader was cancelled"));
  }

  #interruptible<T>(start: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      start().then(resolve, reject);
    });
  }
}

function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers } = value as Partial<Response>;
  return typeof status === "number" && typeof headers === "object" && typeof headers?.get === "function";
}

/** The bytes of a body that the platform sends as a whole, telling nothing on the way. */
function sizeOf(content: unknown): number | undefined {
  if (content instanceof Blob) return content.size;
  return content instanceof Uint8Array ? content.byteLength : undefined;
}

function toBodyInit(body: RequestBody, events: WireEvents): BodyInit {
  const blob = body.blob?.();
  if (blob) return blob; // sent with its length and without being read into memory, in every browser
  const content = body.open();
  if (typeof content === "string" || content instanceof Uint8Array) return content as BodyInit;
  const iterator = content[Symbol.asyncIterator]();
  const here = keepContext(); // the platform reads whenever its connection is ready
  let sentBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        here(async () => {
          events.onSent?.(sentBytes);
          events.onSource?.(true);
          const { done, value } = await iterator.next().finally(() => events.onSource?.(false));
          if (done) {
            controller.close();
            return;
          }
          sentBytes += value.byteLength;
          controller.enqueue(value);
        }),
      cancel: () =>
        here(async () => {
          await iterator.return?.();
        }),
    },
    { highWaterMark: 0 },
  );
}
