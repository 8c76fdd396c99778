import { HeidiConfigurationError, HeidiConnectionError } from "../errors.ts";
import { acceptsNoStore, isBrowser } from "../platform.ts";
import { type ByteReader, type ChunkSink, readFrom } from "../stream/byte-reader.ts";
import { abortWith } from "../utils/abort.ts";
import { loadChunk } from "../utils/lazy.ts";
import { isError } from "../utils/values.ts";
import type { ResponseReader } from "./fetch-response.ts";
import { FetchedHeaders, framingOf } from "./headers.ts";
import type {
  Fetch,
  HttpClient,
  HttpClientOptions,
  HttpEvents,
  HttpExchange,
  HttpRequest,
  HttpResponse,
} from "./http-client.ts";
import { isResponse, readerOf } from "./response.ts";

/** The HTTP client where there is no undici: the platform's own fetch. */
export function createHttpClient(_options: HttpClientOptions = {}): HttpClient {
  if (typeof globalThis.fetch !== "function") {
    throw new HeidiConfigurationError(
      "This environment has no `fetch`; nothing was sent. Give the client one in the option `fetch`, or run in an " +
        "environment that has it: a test under Jest's jsdom can name `@jest-environment node`.",
    );
  }
  return fetchClient((url, init) => globalThis.fetch(url, init), true);
}

/** Only of the platform's own fetch is it known that it sends: what a line may take is no measure for anybody's function. */
export function fetchClient(fetch: Fetch, isPlatforms: boolean): HttpClient {
  return {
    start: (request, events) => new FetchExchange(fetch, request, events, isPlatforms),
    close: () => Promise.resolve(),
  };
}

class FetchExchange implements HttpExchange, ByteReader {
  readonly response: Promise<HttpResponse>;
  /** fetch never tells when it begins to write: from its call on it may have. */
  sent = false;
  readonly #controller = new AbortController();
  #reason: Error | undefined;
  /** Settles what is waited for at the moment of an abort, even if fetch itself never would. */
  #interrupt: ((reason: Error) => void) | undefined;
  #reader: ResponseReader | undefined;
  #sink: ChunkSink | undefined;
  #ended = false;

  constructor(fetch: Fetch, request: HttpRequest, events: HttpEvents, isPlatforms: boolean) {
    this.response = this.#interruptible(() => this.#send(fetch, request, events, isPlatforms));
  }

  async #send(
    fetch: Fetch,
    request: HttpRequest,
    events: HttpEvents,
    isPlatforms: boolean,
  ): Promise<HttpResponse> {
    const { method, url, headers, body } = request;
    headers["accept-encoding"] = "identity"; // browsers decide for themselves, and leave it out
    const init: RequestInit & { duplex?: "half" } = {
      method,
      headers,
      signal: this.#controller.signal,
      redirect: "manual",
    };
    let wholeBytes: number | undefined;
    if (body?.blob) {
      const { toFetchBody } = await loadChunk(import("./fetch-body.ts"));
      const onFailed = (error: Error): void => this.abort(error);
      const { content, redirect, ...form } = await toFetchBody(body, headers, { ...events, onFailed });
      init.body = content;
      init.duplex = "half";
      if (redirect) init.redirect = redirect;
      wholeBytes = form.wholeBytes;
      if (wholeBytes !== undefined && isPlatforms) events.onSendingWhole?.(wholeBytes);
    } else if (body) init.body = body.open() as BodyInit;
    // Answers hold patient data: no cache of a page or of a framework's fetch, no cookies, no referrer.
    if (acceptsNoStore()) init.cache = "no-store";
    if (isBrowser()) Object.assign(init, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (this.#reason) throw this.#reason;
    if (isPlatforms) rejectInvalidInit(url, init);
    this.sent = true;
    let response: unknown;
    try {
      response = await fetch(url, init);
    } catch (error) {
      if (init.redirect === "error" && isRedirect(error)) return REDIRECTED;
      throw error;
    }
    if (!isResponse<Response>(response)) throw new HeidiConfigurationError(NO_RESPONSE);
    if (this.#reason) {
      response.body?.cancel?.().catch(() => undefined); // it came too late; nobody will read it
      throw this.#reason;
    }
    if (wholeBytes !== undefined) events.onSent?.(wholeBytes);
    this.#reader = await readerOf(response);
    const status = response.type === "opaqueredirect" ? 302 : response.status;
    const received = new FetchedHeaders(response.headers);
    // Browsers hide the header of chunks, and HTTP/2 has none.
    return { status, headers: received, body: this, framing: framingOf(received) ?? "unknown" };
  }

  abort(reason: Error): void {
    if (this.#reason || this.#ended) return;
    this.#reason = reason;
    abortWith(this.#controller, reason);
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

const NO_RESPONSE =
  "What the function of the option `fetch` resolved with is no Response: it has no `status` or no `headers`. Return what fetch returns.";

/** What a platform refuses, it refuses here, where it is certain that nothing has left. */
function rejectInvalidInit(url: string, { body: _, signal: __, ...init }: RequestInit): void {
  try {
    if (typeof Request === "function") new Request(url, init);
  } catch (error) {
    const name = isError(error) ? ` (${error.name})` : "";
    throw new HeidiConnectionError(
      `The platform's fetch refused the request before it was sent${name}; nothing was sent. Check \`headers\` and \`baseUrl\`.`,
      { outcome: "not-sent" },
    );
  }
}

/** With the mode "error", a redirect is an error and not an answer. */
function isRedirect(error: unknown, depth = 0): boolean {
  const { message, cause } = Object(error) as { message?: unknown; cause?: unknown };
  return (
    /redirect/i.test(String(message)) || (cause !== undefined && depth < 4 && isRedirect(cause, depth + 1))
  );
}

/** A redirect that fetch did not follow and of which it tells nothing more. */
const REDIRECTED: HttpResponse = {
  status: 302,
  headers: { get: () => null, toHeaders: () => new Headers() },
  body: { read: async () => undefined, cancel: () => undefined },
};
