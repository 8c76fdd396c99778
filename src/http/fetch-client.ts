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

/** Creates the HTTP client for platforms without undici: it uses the platform's own fetch. */
export function createHttpClient(_options: HttpClientOptions = {}): HttpClient {
  if (typeof globalThis.fetch !== "function") {
    throw new HeidiConfigurationError(
      "This environment has no `fetch`; nothing was sent. Pass a function in the option `fetch`, or use an environment " +
        "that has `fetch`: a test under Jest's jsdom can set `@jest-environment node`.",
    );
  }
  return fetchClient((url, init) => globalThis.fetch(url, init), true);
}

/** `isPlatforms` is true for the platform's own fetch: only then is it known that fetch is sending the body, so only then the body's size extends the timeout. */
export function fetchClient(fetch: Fetch, isPlatforms: boolean): HttpClient {
  return {
    start: (request, events) => new FetchExchange(fetch, request, events, isPlatforms),
    close: () => Promise.resolve(),
  };
}

class FetchExchange implements HttpExchange, ByteReader {
  readonly response: Promise<HttpResponse>;
  /** The platform's own fetch gives each chunk away; a function of the option `fetch` may use its memory again. */
  readonly givesChunksAway: boolean;
  /** True from the call of fetch on: fetch does not report when it begins to write. */
  sent = false;
  readonly #controller = new AbortController();
  #reason: Error | undefined;
  /** Rejects the pending response at an abort, even if fetch itself never settles. */
  #interrupt: ((reason: Error) => void) | undefined;
  #reader: ResponseReader | undefined;
  #sink: ChunkSink | undefined;
  #ended = false;

  constructor(fetch: Fetch, request: HttpRequest, events: HttpEvents, isPlatforms: boolean) {
    this.givesChunksAway = isPlatforms;
    this.response = this.#interruptible(() => this.#send(fetch, request, events, isPlatforms));
  }

  async #send(
    fetch: Fetch,
    request: HttpRequest,
    events: HttpEvents,
    isPlatforms: boolean,
  ): Promise<HttpResponse> {
    const { method, url, headers, body } = request;
    headers["accept-encoding"] = "identity"; // browsers set their own value and ignore this one
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
    // Responses contain patient data: no cache of a page or of a framework's fetch, no cookies, no referrer.
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
      response.body?.cancel?.().catch(() => undefined); // the call has ended; the response is not read
      throw this.#reason;
    }
    if (wholeBytes !== undefined) events.onSent?.(wholeBytes);
    this.#reader = await readerOf(response);
    const status = response.type === "opaqueredirect" ? 302 : response.status;
    const received = new FetchedHeaders(response.headers);
    // Browsers hide the Transfer-Encoding header, and HTTP/2 has none.
    return { status, headers: received, body: this, framing: framingOf(received) ?? "unknown" };
  }

  abort(reason: Error): void {
    if (this.#reason || this.#ended) return;
    this.#reason = reason;
    abortWith(this.#controller, reason);
    this.#interrupt?.(reason);
    this.#takeSink()?.onFault(reason);
    this.#reader?.cancel(reason).catch(() => undefined); // for a body that ignores the signal
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

  // Bound once, because they are passed with every chunk. The sink is taken, so that it is called only once, also after an abort.
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
  "The function of the option `fetch` did not return a Response: the value has no `status` or no `headers`. The server may have processed the request. Return the Response of fetch.";

/** Throws if the platform rejects the request's options. It is called before fetch, so nothing has been sent. */
function rejectInvalidInit(url: string, { body: _, signal: __, ...init }: RequestInit): void {
  try {
    if (typeof Request === "function") new Request(url, init);
  } catch (error) {
    const name = isError(error) ? ` (${error.name})` : "";
    throw new HeidiConnectionError(
      `The platform's fetch rejected the request as invalid${name}; nothing was sent. Check \`headers\` and \`baseUrl\`.`,
      { outcome: "not-sent" },
    );
  }
}

/** Returns true for the error of a redirect: in the mode "error", fetch rejects instead of returning the response. */
function isRedirect(error: unknown, depth = 0): boolean {
  const { message, cause } = Object(error) as { message?: unknown; cause?: unknown };
  return (
    /redirect/i.test(String(message)) || (cause !== undefined && depth < 4 && isRedirect(cause, depth + 1))
  );
}

/** The response for a redirect that fetch did not follow and gives no details of. */
const REDIRECTED: HttpResponse = {
  status: 302,
  headers: { get: () => null, toHeaders: () => new Headers() },
  body: { read: async () => undefined, cancel: () => undefined },
};
