import {
  annotate,
  HeidiAbortError,
  HeidiArgumentError,
  type HeidiError,
  HeidiTimeoutError,
  isHeidiError,
} from "../errors.ts";
import { JsonStream } from "../stream/json-stream.ts";
import { copyFileInput } from "../upload/copy.ts";
import type { RequestBody } from "../upload/types.ts";
import { bindContext } from "../utils/async-context.ts";
import { type CallSite, captureCallSite, captureFrequentCallSite, showCallSite } from "../utils/call-site.ts";
import { NotJsonError, toJson } from "../utils/json.ts";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import type { Rules } from "../utils/validate.ts";
import { checkCount, checkMs, MAX_RETRIES, readOptions, type ThrowInvalid } from "../utils/validate.ts";
import { checkArguments } from "./arguments.ts";
import { checkHeaders } from "./headers.ts";
import type { CallInput, Operation, OperationClient, TimeClass } from "./operation.ts";
import type { RequestOptions, UploadOptions } from "./options.ts";
import { ApiPromise } from "./promise.ts";
import type { RequestSender } from "./request-sender.ts";
import type { ApiResponse } from "./response.ts";
import type { ClientSettings, Credentials, FinalRequestOptions, ParseAs } from "./settings.ts";
import { abortError, IdleTimer, RequestSignal } from "./signal.ts";

const TIMEOUTS_MS: Readonly<Record<TimeClass, number>> = { quick: 60_000, slow: 600_000 };

/** A source that is as silent as this has been left, by a browser for instance; a caller's own `timeoutMs` wins. */
const SOURCE_TIMEOUT_MS = 60_000;

const ACCEPT: Readonly<Record<Operation["response"], string>> = {
  json: "application/json",
  stream: "application/x-ndjson, text/event-stream;q=0.9, application/json;q=0.8",
  bytes: "*/*",
  text: "text/plain, */*;q=0.8",
  empty: "application/json, */*;q=0.8",
};

const throwInvalidOption: ThrowInvalid = (option, message) => {
  throw new HeidiArgumentError(option, message);
};

/** Runs rows of the operations table for one client; knows none of them by name. */
export class ApiClient {
  readonly #settings: ClientSettings;
  /** Whatever sends a request and reads its answer is loaded with the first one. */
  readonly #sender: Lazy<typeof import("./request-sender.ts"), RequestSender>;
  #closed = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#sender = new Lazy(
      () => import("./request-sender.ts"),
      ({ createRequestSender }) => createRequestSender(settings),
    );
  }

  /** Refuses every further call. */
  close(): void {
    this.#closed = true;
  }

  /** Lets go of the connections; for the end, when no call is under way any more. */
  async release(): Promise<void> {
    const httpClient = this.#sender.made?.httpClient ?? this.#settings.httpClient;
    if (httpClient === undefined) this.#sender.end((sender) => sender.httpClient.close());
    await httpClient?.close();
  }

  /** The generated client's way in, for one identity. */
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
      const settled = this.#send<T>(credentials, operation, input, options, site, () => parseAs);
      return new ApiPromise<T>({ settled, claimBody });
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
    onGuard?: (guard: RequestSignal) => void,
  ): Promise<ApiResponse<T>> {
    let guard: RequestSignal | undefined;
    let body: RequestBody | undefined;
    let isBodyTaken = false;
    try {
      if (this.#closed)
        throw new HeidiAbortError("The client was closed before this call; nothing was sent.");
      checkArguments(operation, input);
      const params = { path: namePath(operation, input), query: input.query ?? {} };
      const final = readOptions(() => this.#finalOptions(credentials, operation, options ?? {}));
      // Begun before the body is made: a deadline also covers the reading of a file's first bytes.
      guard = new RequestSignal(final.signal, final.totalTimeoutMs, this.#settings.inFlight);
      const watched = guard;
      onGuard?.(guard);
      const runner = this.#sender.made;
      const making = runner === undefined ? this.#sender.make() : undefined;
      making?.catch(() => undefined); // the body may be refused before anybody waits for it
      const ready = async (own: RequestSignal): Promise<RequestSender> =>
        runner ?? (await own.race(making ?? this.#sender.make()));
      const isForm = operation.body?.kind === "multipart" && (input.body ?? undefined) !== undefined;
      const taken = isForm ? { ...input, body: copyForm(input.body) } : input;
      if (operation.forms !== undefined) {
        return await (await ready(guard)).sendInDialect<T>({
          options: final,
          guard,
          parseAs,
          input: taken,
          prepare: async (written) => {
            isBodyTaken = true;
            return {
              params: { path: params.path, query: written.query ?? {} },
              body: await createBody(final, written.body, watched, written.rules),
            };
          },
        });
      }
      isBodyTaken = true;
      body = await createBody(final, taken.body, guard, operation.body?.fields);
      const call = { options: final, guard, params, body, parseAs };
      return await (await ready(guard)).send<T>(call);
    } catch (error) {
      guard?.release();
      if (!isBodyTaken && operation.body?.kind === "multipart")
        discardFormBody(input.body, operation.body.fields);
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
    let guard: RequestSignal | undefined;
    let ended: HeidiError | undefined;
    const onGuard = (own: RequestSignal): void => {
      guard = own;
      if (ended) own.end(ended);
    };
    const here = bindContext(); // whatever reads the stream first, a socket that drains say, the call is its maker's
    return new JsonStream<T>({
      open: () =>
        here(() => this.#send<T>(credentials, operation, input, options, site, () => "stream", onGuard)),
      onEnd: (framing, { requestId }) => {
        if (framing === "close")
          this.#settings.log.write("warn", "stream ended with its connection", {
            operation: operation.id,
            requestId,
          });
      },
      abort: (reason) => {
        ended = isHeidiError(reason) ? reason : abortError(reason);
        guard?.end(ended);
      },
      trace: (error) => showCallSite(error, site),
    });
  }

  #finalOptions(credentials: Credentials, operation: Operation, options: UploadOptions): FinalRequestOptions {
    const settings = this.#settings;
    if (typeof options !== "object")
      throwInvalidOption("options", "The options of a call must be an object.");
    const { signal, onProgress } = options;
    if (signal !== undefined && !isSignal(signal))
      throwInvalidOption("signal", "The option `signal` must be an AbortSignal.");
    if (onProgress !== undefined && typeof onProgress !== "function") {
      throwInvalidOption("onProgress", "The option `onProgress` must be a function.");
    }
    const chosenMs = checkMs("timeoutMs", options.timeoutMs, throwInvalidOption) ?? settings.timeoutMs;
    return {
      operation,
      credentials,
      timeoutMs: chosenMs ?? TIMEOUTS_MS[operation.time],
      sourceTimeoutMs: chosenMs ?? SOURCE_TIMEOUT_MS,
      totalTimeoutMs:
        checkMs("totalTimeoutMs", options.totalTimeoutMs, throwInvalidOption) ?? settings.totalTimeoutMs,
      maxRetries:
        checkCount("maxRetries", options.maxRetries, { min: 0, max: MAX_RETRIES }, throwInvalidOption) ??
        settings.maxRetries,
      headers: this.#headers(operation, options),
      signal,
      onProgress,
    };
  }

  #headers(operation: Operation, options: RequestOptions): Record<string, string> {
    const merged: Record<string, string> = { accept: ACCEPT[operation.response] };
    const own = options.headers === undefined ? undefined : checkHeaders(options.headers, throwInvalidOption);
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

async function createBody(
  { operation, sourceTimeoutMs }: FinalRequestOptions,
  value: unknown,
  guard: RequestSignal,
  rules: Rules = {},
): Promise<RequestBody | undefined> {
  if (operation.body === undefined || value === undefined || value === null) return undefined;
  if (operation.body.kind === "json") return createJsonBody(value, Object.keys(operation.body.fields));
  // A stream's first bytes may be awaited here, before there is an attempt to keep the time.
  const controller = new AbortController();
  const timer = new IdleTimer(sourceTimeoutMs, () => guard.end(silentError(sourceTimeoutMs)));
  // Loading the SDK's own part is no silence of the source.
  const making = createFormBody(value as Record<string, unknown>, rules, controller.signal, () =>
    timer.start(),
  );
  try {
    return await guard.race(making);
  } catch (error) {
    controller.abort();
    making.then(
      (body) => body.release?.(),
      () => undefined,
    ); // the call ended first; nobody will send it
    throw error;
  } finally {
    timer.stop();
  }
}

function silentError(timeoutMs: number): HeidiTimeoutError {
  const message = `The stream of a file delivered no data for ${timeoutMs} ms; nothing was sent. Raise timeoutMs if its source needs longer.`;
  return new HeidiTimeoutError(message, { outcome: "not-sent" });
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value;

/** A body of JSON: made once, the same for every attempt. `described` are the names of the API's own fields. */
export function createJsonBody(value: unknown, described: readonly string[] = []): RequestBody {
  let content: string;
  try {
    content = toJson(value, described);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new HeidiArgumentError(
      "body",
      `The argument \`body\` cannot be sent as JSON: ${error.message}; nothing was sent.`,
    );
  }
  return { contentType: "application/json", sizeBytes: undefined, replayable: true, open: () => content };
}

/**
 * The body of a form that was taken (see `copyForm`), as `createMultipart` makes it, which is loaded with the first upload.
 * The signal ends the making and lets go of the form's streams. `onLoaded` is called when the files are about to be read.
 */
export async function createFormBody(
  fields: Record<string, unknown>,
  rules: Rules,
  signal: AbortSignal,
  onLoaded?: () => void,
): Promise<RequestBody> {
  const { createMultipart } = await loadChunk(import("../upload/multipart.ts"));
  if (!signal.aborted) onLoaded?.();
  const audio = Object.values(rules).some(({ contentType }) => contentType?.startsWith("audio/"));
  return createMultipart(fields, rules, { audio, signal });
}

/** Lets go of the streams of a form that nobody will send. */
export function discardFormBody(form: unknown, rules: Rules): void {
  const over = new AbortController();
  over.abort();
  createFormBody(copyForm(form), rules, over.signal).catch(() => undefined);
}

/**
 * A copy of the form at the moment of the call: what is sent is what it held then, and a stream that fails before it is
 * read does not end the process. The form itself, for the framing to complain of, when it is none or cannot be read.
 */
export function copyForm(form: unknown): Record<string, unknown> {
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
