import { annotate, HeidiAbortError, type HeidiError, isHeidiError } from "../errors.ts";
import { JsonStream } from "../stream/json-stream.ts";
import { type CallSpan, runSpan } from "../telemetry.ts";
import { copyFileInput } from "../upload/copy.ts";
import type { RequestBody } from "../upload/types.ts";
import { bindContext } from "../utils/async-context.ts";
import { type CallSite, captureCallSite, captureFrequentCallSite, showCallSite } from "../utils/call-site.ts";
import { NotJsonError, toJson } from "../utils/json.ts";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import {
  checkCount,
  checkMs,
  MAX_RETRIES,
  type Rules,
  readOptions,
  throwInvalidArgument,
} from "../utils/validate.ts";
import { isPromise } from "../utils/values.ts";
import { checkArguments, throwArgument } from "./arguments.ts";
import { checkHeaders } from "./headers.ts";
import type { CallInput, Operation, OperationClient, TimeClass } from "./operation.ts";
import type { RequestOptions, UploadOptions } from "./options.ts";
import { ApiPromise } from "./promise.ts";
import type { RequestSender } from "./request-sender.ts";
import type { ApiResponse } from "./response.ts";
import type { ClientSettings, Credentials, FinalRequestOptions, ParseAs } from "./settings.ts";
import { abortError, RequestSignal } from "./signal.ts";

const TIMEOUTS_MS: Readonly<Record<TimeClass, number>> = { quick: 60_000, slow: 600_000 };

/** The default limit for a source of a file without data, such as one whose browser has left; the caller's `timeoutMs` takes precedence. */
const SOURCE_TIMEOUT_MS = 60_000;

const ACCEPT: Readonly<Record<Operation["response"], string>> = {
  json: "application/json",
  stream: "application/x-ndjson, text/event-stream;q=0.9, application/json;q=0.8",
  bytes: "*/*",
  text: "text/plain, */*;q=0.8",
  empty: "application/json, */*;q=0.8",
};

/** Runs the operations of the operation table for one client. */
export class ApiClient {
  readonly #settings: ClientSettings;
  /** Sends requests and reads their responses; loaded with the first call. */
  readonly #sender: Lazy<typeof import("./request-sender.ts"), RequestSender>;
  #closed = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#sender = new Lazy(
      () => import("./request-sender.ts"),
      ({ createRequestSender }) => createRequestSender(settings),
    );
  }

  /** Rejects every further call. */
  close(): void {
    this.#closed = true;
  }

  /** Closes the connections. Called when no call is in progress any more. */
  async release(): Promise<void> {
    const httpClient = this.#sender.made?.httpClient ?? this.#settings.httpClient;
    if (httpClient === undefined) this.#sender.end((sender) => sender.httpClient.close());
    await httpClient?.close();
  }

  /** Returns the functions with which the generated client makes the calls of one identity. */
  forCredentials(credentials: Credentials): OperationClient {
    const call = <T>(
      operation: Operation,
      input: CallInput,
      options: RequestOptions | undefined,
    ): ApiPromise<T> => {
      let parseAs: ParseAs = "parse";
      const claimBody = (): void => {
        parseAs = "raw";
      };
      const site = captureFrequentCallSite(call, this.#send);
      const span = this.#startSpan(operation);
      const send = (): Promise<ApiResponse<T>> =>
        this.#send<T>(credentials, operation, input, options, site, () => parseAs, span);
      return new ApiPromise<T>({ settled: span ? runSpan(span, send) : send(), claimBody });
    };
    const stream = <T>(
      operation: Operation,
      input: CallInput,
      options: RequestOptions | undefined,
    ): JsonStream<T> => this.#stream<T>(credentials, operation, input, options, captureCallSite(stream));
    return {
      call,
      stream,
      reject: <T>(error: unknown): ApiPromise<T> =>
        new ApiPromise<T>({ settled: Promise.reject(error), claimBody: () => undefined }),
    };
  }

  async #send<T>(
    credentials: Credentials,
    operation: Operation,
    input: CallInput,
    options: RequestOptions | undefined,
    site: CallSite,
    parseAs: () => ParseAs,
    span: CallSpan | undefined,
    onRequestSignal?: (requestSignal: RequestSignal) => void,
  ): Promise<ApiResponse<T>> {
    let requestSignal: RequestSignal | undefined;
    let body: RequestBody | undefined;
    let isBodyTaken = false;
    try {
      if (this.#closed)
        throw new HeidiAbortError("The client was closed before this call; nothing was sent.");
      checkArguments(operation, input);
      const params = { path: namePath(operation, input), query: input.query ?? {} };
      const final = readOptions(() => this.#finalOptions(credentials, operation, options ?? {}, span));
      // Created before the body: a deadline also covers the reading of a file's first bytes.
      requestSignal = new RequestSignal(final.signal, final.totalTimeoutMs, this.#settings.inFlight);
      const forBody = requestSignal;
      onRequestSignal?.(requestSignal);
      const sender = this.#sender.made;
      const loading = sender === undefined ? this.#sender.make() : undefined;
      loading?.catch(() => undefined); // an invalid body may end the call before it waits for the sender
      const ready = (): Promise<RequestSender> => forBody.race(loading ?? this.#sender.make());
      const isForm = operation.body?.kind === "multipart" && (input.body ?? undefined) !== undefined;
      const taken = isForm ? { ...input, body: copyForm(input.body) } : input;
      if (operation.forms !== undefined) {
        return await (sender ?? (await ready())).sendInDialect<T>({
          options: final,
          requestSignal,
          parseAs,
          input: taken,
          prepare: async (written) => {
            isBodyTaken = true;
            return {
              params: { path: params.path, query: written.query ?? {} },
              body: await createBody(final, written.body, forBody, written.rules),
            };
          },
        });
      }
      isBodyTaken = true;
      const created = createBody(final, taken.body, requestSignal, operation.body?.fields);
      body = isPromise(created) ? await created : created;
      const call = { options: final, requestSignal, params, body, parseAs };
      return await (sender ?? (await ready())).send<T>(call);
    } catch (error) {
      requestSignal?.release();
      if (!isBodyTaken && operation.body?.kind === "multipart")
        discardForm(copyForm(input.body), operation.body.fields);
      if (!isHeidiError(error)) throw error;
      const { id } = operation;
      // A failed token exchange keeps its own name.
      throw showCallSite(error.operation === undefined ? annotate(error, { operation: id }) : error, site);
    } finally {
      body?.release?.();
    }
  }

  #stream<T>(
    credentials: Credentials,
    operation: Operation,
    input: CallInput,
    options: RequestOptions | undefined,
    site: CallSite,
  ): JsonStream<T> {
    let requestSignal: RequestSignal | undefined;
    let ended: HeidiError | undefined;
    const onRequestSignal = (own: RequestSignal): void => {
      requestSignal = own;
      if (ended) own.end(ended);
    };
    const here = bindContext(); // whatever reads the stream first, its request belongs to the context of this call
    let span: CallSpan | undefined;
    const send = (): Promise<ApiResponse<T>> =>
      this.#send<T>(credentials, operation, input, options, site, () => "stream", span, onRequestSignal);
    return new JsonStream<T>({
      open: () =>
        here(() => {
          span = this.#startSpan(operation);
          return span ? runSpan(span, send, true) : send();
        }),
      onRelease: (error, receivedBytes) => span?.end(error, { receivedBytes }),
      onEnd: (framing, { requestId }) => {
        if (framing === "close")
          this.#settings.log.write("warn", "stream ended with its connection", {
            operation: operation.id,
            requestId,
          });
      },
      abort: (reason) => {
        ended = isHeidiError(reason) ? reason : abortError(reason);
        requestSignal?.end(ended);
      },
      trace: (error) => showCallSite(error, site),
    });
  }

  #startSpan({ id, method }: Operation): CallSpan | undefined {
    const { telemetry, baseUrl } = this.#settings;
    return telemetry?.startCall({ operation: id, method, baseUrl });
  }

  #finalOptions(
    credentials: Credentials,
    operation: Operation,
    options: UploadOptions,
    span: CallSpan | undefined,
  ): FinalRequestOptions {
    const settings = this.#settings;
    if (typeof options !== "object")
      throwInvalidArgument("options", "The options of a call must be an object.");
    const { signal, onProgress } = options;
    if (signal !== undefined && !isSignal(signal))
      throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
    if (onProgress !== undefined && typeof onProgress !== "function") {
      throwInvalidArgument("onProgress", "The option `onProgress` must be a function.");
    }
    const chosenMs = checkMs("timeoutMs", options.timeoutMs, throwInvalidArgument) ?? settings.timeoutMs;
    return {
      operation,
      credentials,
      timeoutMs: chosenMs ?? TIMEOUTS_MS[operation.time],
      sourceTimeoutMs: chosenMs ?? SOURCE_TIMEOUT_MS,
      totalTimeoutMs:
        checkMs("totalTimeoutMs", options.totalTimeoutMs, throwInvalidArgument) ?? settings.totalTimeoutMs,
      maxRetries:
        checkCount("maxRetries", options.maxRetries, { min: 0, max: MAX_RETRIES }, throwInvalidArgument) ??
        settings.maxRetries,
      headers: this.#headers(operation, options),
      signal,
      onProgress,
      span,
    };
  }

  #headers(operation: Operation, options: RequestOptions): Record<string, string> {
    const merged: Record<string, string> = { accept: ACCEPT[operation.response] };
    const own =
      options.headers === undefined ? undefined : checkHeaders(options.headers, throwInvalidArgument);
    for (const source of [this.#settings.headers, own]) {
      for (const name in source) {
        const value = source[name];
        if (typeof value === "string") merged[name] = value;
        else delete merged[name];
      }
    }
    return merged;
  }
}

function namePath(operation: Operation, input: CallInput): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  operation.pathParameters.forEach((name, index) => {
    named[name] = input.path?.[index];
  });
  return named;
}

/** Returns a promise only for a form, whose files may have to be read first. */
function createBody(
  { operation, sourceTimeoutMs }: FinalRequestOptions,
  value: unknown,
  requestSignal: RequestSignal,
  rules: Rules = {},
): Promise<RequestBody> | RequestBody | undefined {
  if (operation.body === undefined || value === undefined || value === null) return undefined;
  if (operation.body.kind === "json") return createJsonBody(value, Object.keys(operation.body.fields));
  return createForm(value as Record<string, unknown>, rules, requestSignal, sourceTimeoutMs);
}

async function createForm(
  fields: Record<string, unknown>,
  rules: Rules,
  requestSignal: RequestSignal,
  sourceTimeoutMs: number,
): Promise<RequestBody> {
  const loading = loadFormBody();
  try {
    await requestSignal.race(loading);
  } catch (error) {
    discardForm(fields, rules);
    throw error;
  }
  return (await loading).createFormBody(fields, rules, requestSignal, sourceTimeoutMs);
}

/** Loads what creates the bodies of forms, with the first upload. */
const loadFormBody = (): Promise<typeof import("./form-body.ts")> => loadChunk(import("./form-body.ts"));

/** Releases the streams of a copied form that is not sent. */
function discardForm(fields: Record<string, unknown>, rules: Rules): void {
  loadFormBody().then(
    ({ discardFormBody }) => discardFormBody(fields, rules),
    () => undefined,
  );
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;

/** Creates a JSON body, the same for every attempt. `described` are the names of the API's own fields. */
function createJsonBody(value: unknown, described: readonly string[] = []): RequestBody {
  let content: string;
  try {
    content = toJson(value, described);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throwArgument("body", `cannot be sent as JSON: ${error.message}; nothing was sent.`);
  }
  return { contentType: "application/json", sizeBytes: undefined, replayable: true, open: () => content };
}

/**
 * Copies the form at the call: later changes of the caller have no effect, and a stream that fails before it is read does
 * not end the process. Returns the form itself if it is not an object or cannot be read; `createMultipart` rejects it.
 */
function copyForm(form: unknown): Record<string, unknown> {
  const given = form as Record<string, unknown>;
  if (typeof form !== "object" || Array.isArray(form)) return given;
  try {
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.map((item) => copyFileInput(item)) : copyFileInput(value),
      ]),
    );
  } catch {
    return given;
  }
}
