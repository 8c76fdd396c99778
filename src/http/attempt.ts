import type { Token } from "../auth/token.ts";
import {
  type ErrorFacts,
  HeidiDecodeError,
  type HeidiError,
  HeidiTimeoutError,
  isHeidiError,
} from "../errors.ts";
import { monotonicMs } from "../platform.ts";
import type { TelemetryFacts } from "../telemetry.ts";
import { encodeText } from "../utils/utf8.ts";
import { AbortableReader } from "./abortable-reader.ts";
import {
  type AttemptState,
  createConnectionError,
  type FailedAttempt,
  toApiError,
  toConnectionError,
} from "./error-mapping.ts";
import { requestIdOf } from "./headers.ts";
import type { HttpEvents, HttpExchange, HttpRequest, HttpResponse } from "./http-client.ts";
import { classifyFault, isSuccess, NetworkError } from "./outcome.ts";
import { ApiResponse, hasNoBody, MAX_RESPONSE_BYTES, parseBody, readBody } from "./response.ts";
import type { FinalRequestOptions, ParseAs, SendSettings } from "./settings.ts";
import { IdleTimer, type RequestSignal } from "./signal.ts";

/** 128 kbit/s: the speed that is assumed for the timeout of an upload without progress events. */
const SLOWEST_BYTES_PER_MS = 16;

/**
 * One attempt of a call, from the first byte sent to the last byte read. It ends early when the call's signal fires, or
 * when no data moves for `timeoutMs`: then it closes the connection and rejects.
 */
export class Attempt<T> {
  readonly #settings: SendSettings;
  readonly #options: FinalRequestOptions;
  readonly #signal: RequestSignal;
  readonly #number: number;
  readonly #timer: IdleTimer;
  /** Created when the attempt first waits for the source of its body. */
  #sourceTimer: IdleTimer | undefined;
  #exchange: HttpExchange | undefined;
  #request: HttpRequest | undefined;
  #sentBefore = false;
  #sentBytes: number | undefined;
  #receivedBytes: number | undefined;
  #response: HttpResponse | undefined;
  #giveUp: ((error: HeidiError) => void) | undefined;
  #interruptedBy: HeidiError | undefined;
  #networkFault: { readonly error: unknown; readonly shown: unknown } | undefined;
  /** True when the body is read after the attempt, by a reader that watches the signal. */
  #handedOver = false;
  #isOver = false;

  constructor(settings: SendSettings, options: FinalRequestOptions, signal: RequestSignal, number: number) {
    this.#settings = settings;
    this.#options = options;
    this.#signal = signal;
    this.#number = number;
    this.#timer = new IdleTimer(options.timeoutMs, () => this.#interrupt(timeoutError(options.timeoutMs)));
  }

  /** The facts about the attempt for its span, at its end. */
  get facts(): TelemetryFacts {
    const { body } = this.#request ?? {};
    // The HTTP client reports no progress for JSON.
    const isJson = this.#exchange?.sent && body?.contentType === "application/json";
    const sentBytes = isJson ? encodeText(String(body.open())).byteLength : this.#sentBytes;
    return { status: this.#response?.status, sentBytes, receivedBytes: this.#receivedBytes };
  }

  /** @param traceHeaders - the headers of the attempt's span; a header of the caller takes precedence. */
  async send(
    request: HttpRequest,
    token: Token | undefined,
    parseAs: () => ParseAs,
    traceHeaders?: Readonly<Record<string, string>>,
  ): Promise<ApiResponse<T> | FailedAttempt> {
    const startedMs = monotonicMs();
    const replayable = request.body?.replayable ?? true;
    this.#signal.watch(this.#interrupt);
    this.#timer.start();
    try {
      const authorized = this.#authorize(request, token, traceHeaders);
      this.#request = authorized;
      const response = await this.#send(authorized);
      this.#response = response;
      this.#logResponse(request, response, startedMs);
      if (isSuccess(response.status)) return await this.#parse(response, parseAs());
      return await toApiError(this.#options.operation, response, {
        replayable,
        sentBefore: this.#sentBefore,
        nowMs: this.#settings.nowMs(),
        sentAs: this.#options.dialect,
        ended: () => this.#signal.ended,
      });
    } catch (error) {
      const fault = this.#networkFault;
      const raw = fault !== undefined && fault.shown === error ? fault.error : error;
      return toConnectionError(this.#options.operation, raw, this.#state(replayable));
    } finally {
      this.#isOver = true;
      this.#timer.stop();
      this.#sourceTimer?.stop();
      if (!this.#handedOver) this.#signal.unwatch();
    }
  }

  #send(request: HttpRequest): Promise<HttpResponse> {
    const { middleware, runMiddleware } = this.#settings;
    if (runMiddleware === undefined) return this.#exchangeOnce(request);
    const { id, label, path } = this.#options.operation;
    const context = { operation: id, template: label ?? path, attempt: this.#number };
    // A middleware may wait for other work, so an interruption must also reject here, not only in the HTTP client.
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      runMiddleware(middleware, request, context, (final) => this.#exchangeOnce(final)).then(resolve, reject);
    });
  }

  #exchangeOnce(request: HttpRequest): Promise<HttpResponse> {
    if (this.#interruptedBy) return Promise.reject(this.#interruptedBy);
    const events: HttpEvents = request.body
      ? {
          onSent: (sentBytes) => this.#progress(sentBytes, request),
          onSource: (isAwaited) => this.#awaitSource(isAwaited),
          onSendingWhole: (bytes) => this.#timer.grant(bytes / SLOWEST_BYTES_PER_MS),
        }
      : {};
    this.#sentBefore ||= this.#exchange?.sent ?? false; // a middleware may send more than once
    const exchange = this.#settings.httpClient.start(request, events);
    this.#exchange = exchange;
    return this.#settings.middleware.length === 0
      ? exchange.response
      : exchange.response.catch(this.#reportFault);
  }

  /**
   * Records the HTTP client's error, to distinguish it from an error of a middleware. Middleware may log the error, so it gets
   * only the code: the platform's error can contain bytes of the response.
   */
  readonly #reportFault = (error: unknown): never => {
    const shown = isHeidiError(error) ? error : new NetworkError(classifyFault(error));
    this.#networkFault = { error, shown };
    throw shown;
  };

  /** Applies the source's time limit while the attempt waits for the source: the server cannot respond before it has the data. */
  #awaitSource(isAwaited: boolean): void {
    if (this.#interruptedBy || this.#isOver) return;
    if (isAwaited) {
      this.#timer.pause();
      this.#timer.touch();
      this.#sourceTimer ??= this.#createSourceTimer();
      this.#sourceTimer.start();
    } else {
      this.#sourceTimer?.pause();
      this.#sourceTimer?.touch();
      this.#timer.start();
    }
  }

  #createSourceTimer(): IdleTimer {
    const { sourceTimeoutMs, operation } = this.#options;
    return new IdleTimer(sourceTimeoutMs, () =>
      this.#interrupt(sourceError(operation.name, sourceTimeoutMs)),
    );
  }

  #progress(sentBytes: number, request: HttpRequest): void {
    this.#timer.touch();
    this.#sentBytes = sentBytes;
    try {
      const result: unknown = this.#options.onProgress?.({ sentBytes, totalBytes: request.body?.sizeBytes });
      // The callback may return a promise, also of another realm, and that promise may reject.
      if (typeof result === "object" && result !== null) Promise.resolve(result).catch(() => undefined);
    } catch {
      // An error in the progress callback must not fail the upload.
    }
  }

  readonly #interrupt = (error: HeidiError): void => {
    if (this.#interruptedBy) return;
    this.#interruptedBy = error;
    this.#timer.stop();
    this.#sourceTimer?.stop();
    this.#exchange?.abort(error);
    this.#giveUp?.(error);
  };

  #authorize(
    request: HttpRequest,
    token: Token | undefined,
    traceHeaders?: Readonly<Record<string, string>>,
  ): HttpRequest {
    const { credentials, headers } = this.#options;
    const own: Record<string, string> = { ...traceHeaders, ...headers };
    if (token) own["authorization"] = `Bearer ${token.value}`;
    else if (credentials.kind === "apiKey") own[credentials.header] = credentials.key;
    if (request.body) own["content-type"] = request.body.contentType;
    return { method: request.method, url: request.url, headers: own, body: request.body };
  }

  async #parse(response: HttpResponse, parseAs: ParseAs): Promise<ApiResponse<T>> {
    const facts: ErrorFacts = {
      operation: this.#options.operation.id,
      outcome: "processed",
      attempts: this.#number,
      requestId: requestIdOf(response.headers),
    };
    const empty = hasNoBody(response.status) || this.#options.operation.method === "HEAD";
    if (parseAs !== "parse" && !empty) {
      this.#handedOver = true;
      const body = new AbortableReader(response.body, this.#signal, {
        timeoutMs: this.#options.timeoutMs,
        everyChunkCounts: parseAs === "raw",
        abort: this.#interrupt,
        explain: (error) => createConnectionError(this.#options.operation, error, this.#state(true)).error,
      });
      return new ApiResponse<T>({ ...response, body }, facts, undefined);
    }
    const { bytes, complete } = await readBody(response.body, MAX_RESPONSE_BYTES).catch((error) => {
      // Such a response may declare a length or an encoding without a body; the HTTP client reports that as a lost connection.
      if (empty && !this.#signal.ended) return NO_BODY;
      throw error;
    });
    if (!complete) {
      throw new HeidiDecodeError(
        `The response is larger than the limit of ${MAX_RESPONSE_BYTES} bytes. The server processed the request.`,
        facts,
      );
    }
    this.#receivedBytes = bytes.byteLength;
    const data = parseBody(this.#options.operation, response, bytes) as T;
    this.#signal.release();
    return new ApiResponse<T>(response, facts, { data, bytes });
  }

  /** Returns the state of an attempt that ended without a complete response. */
  #state(replayable: boolean): AttemptState {
    return {
      sent: this.#exchange?.sent ?? false,
      sentBefore: this.#sentBefore,
      response: this.#response,
      interruptedBy: this.#interruptedBy,
      ended: this.#signal.ended,
      networkFault:
        this.#settings.middleware.length === 0 || this.#response ? undefined : (this.#networkFault ?? NONE),
      replayable,
      request: this.#request,
    };
  }

  #logResponse(request: HttpRequest, response: HttpResponse, startedMs: number): void {
    const { log } = this.#settings;
    if (!log.enabled("debug")) return;
    log.write("debug", "response", {
      operation: this.#options.operation.id,
      method: this.#options.operation.method,
      template: this.#options.operation.label ?? this.#options.operation.path,
      attempt: this.#number,
      status: response.status,
      durationMs: Math.round(monotonicMs() - startedMs),
      sentBytes: request.body?.sizeBytes,
      responseBytes: lengthOf(response),
      requestId: requestIdOf(response.headers),
    });
  }
}

function lengthOf({ headers }: HttpResponse): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** With middleware, an error that is not the HTTP client's came from the middleware. */
const NONE = { error: undefined };
const NO_BODY = { bytes: new Uint8Array(), complete: true };

function timeoutError(timeoutMs: number): HeidiTimeoutError {
  return new HeidiTimeoutError(
    `No complete response arrived within timeoutMs (${timeoutMs} ms). Raise timeoutMs if the server needs longer.`,
  );
}

function sourceError(operation: string, timeoutMs: number): HeidiTimeoutError {
  return new HeidiTimeoutError(
    `The source of the file delivered no data for ${timeoutMs} ms during ${operation}, so the upload was aborted. The sender of the file may have disconnected. Raise timeoutMs if the source pauses for longer.`,
  );
}
