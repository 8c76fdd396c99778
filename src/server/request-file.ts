import { type ErrorFacts, HeidiArgumentError, HeidiUploadError, isHeidiError, nameKinds } from "../errors.ts";
import type { FileWithProperties } from "../upload/file.ts";
import { abortWith } from "../utils/abort.ts";

/**
 * Thrown when the body of a request that your server received cannot be passed on. `status` is the response to its sender:
 * 400 when the body is missing or broke off, 413 when it is too large, 415 when its media type is not accepted.
 */
export class HeidiRequestBodyError extends HeidiUploadError {
  override readonly name: string = "HeidiRequestBodyError";
  /** The status of the response to the sender of the request. */
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.status = status;
  }
}
nameKinds({ HeidiRequestBodyError });

/** Internal: returns the body's error that caused another one, such as the failure of an upload. */
export function bodyErrorOf(error: unknown): HeidiRequestBodyError | undefined {
  let cause = error;
  for (let depth = 0; depth < 5 && isHeidiError(cause); depth += 1) {
    if (cause instanceof HeidiRequestBodyError) return cause;
    cause = cause.cause;
  }
  return undefined;
}

/** A request of Node's `http` module, as Express (`request`), Fastify (`request.raw`) and Koa (`context.req`) have it. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly readableEnded: boolean;
  /** Calls the listener when the request is over, or its connection is closed. */
  on(event: "close", listener: () => void): unknown;
  /** Closes the connection of the request. */
  destroy(): unknown;
}

/** Options of {@link fileFromRequest}. */
export interface RequestFileOptions {
  /** The largest body accepted, in bytes. Default 1,073,741,824 (1 GiB). */
  readonly maxBytes?: number | undefined;
  /**
   * The media types accepted, such as `application/pdf` or `image/*`. Default: `audio/*`, and the types of video files
   * under which browsers and phones send recordings of sound.
   */
  readonly accept?: readonly string[] | undefined;
  /** The name sent to Heidi, without any path. Default: one by the media type. */
  readonly filename?: string | undefined;
}

/** The file in the body of a request, for an upload to Heidi. It can be sent once. */
export interface RequestFile extends FileWithProperties {
  /** Aborted when the sender leaves before the whole file has arrived; pass it to the upload, which then ends at once. */
  readonly signal: AbortSignal;
}

const MAX_BYTES = 1_073_741_824;
const RECORDINGS = [
  "audio/*",
  "video/webm",
  "video/mp4",
  "video/ogg",
  "video/quicktime",
  "video/3gpp",
  "application/ogg",
];

/**
 * Returns the body of a request as a file for `uploadAudio` or `uploadDocument`, without storing it: your server passes
 * on what the browser sends, in constant memory, at the pace at which Heidi takes it. The body must be the file itself, as
 * with `fetch(url, { method: "POST", body: blob })`; a form (`multipart/form-data`) needs a parser, see docs/servers.md.
 *
 * The upload fails, and Heidi gets no complete file, when the sender leaves, when the body is longer than `maxBytes` or
 * not as long as announced, and when it stays silent for `timeoutMs` of the upload (default 60 s). What the sender still
 * sends after a failure is read and dropped, up to `maxBytes`, so that your response reaches it.
 *
 * @param request a `Request`, or a request of Node whose body no parser has read.
 * @throws HeidiRequestBodyError at once for a body that is missing (400), announced as too large (413), or of another media
 * type (415). Later ones are the `cause` of the upload's error; `errorResponse()` answers both.
 *
 * @example
 * export async function POST(request: Request): Promise<Response> {
 *   try {
 *     const file = fileFromRequest(request, { maxBytes: 200_000_000 });
 *     await clinician.transcription.uploadAudio(session_id, { file }, { signal: file.signal });
 *     return new Response(null, { status: 204 });
 *   } catch (error) {
 *     return errorResponse(error);
 *   }
 * }
 */
export function fileFromRequest(
  request: Request | NodeRequest,
  { maxBytes = MAX_BYTES, accept = RECORDINGS, filename }: RequestFileOptions = {},
): RequestFile {
  if (!(maxBytes > 0)) {
    throw new HeidiArgumentError("maxBytes", "The option `maxBytes` must be a number of bytes, more than 0.");
  }
  const header = (name: string): string | undefined => headerOf(request, name);
  const contentType = header("content-type");
  checkMediaType(contentType, accept, header("content-encoding"));
  const length = header("content-length") ?? "";
  const sizeBytes = /^\d+$/.test(length) ? Number(length) : undefined;
  if (sizeBytes !== undefined && sizeBytes > maxBytes) throw tooLarge(maxBytes);
  const source = sourceOf(request);
  if (source === undefined || sizeBytes === 0) {
    throw new HeidiRequestBodyError(
      400,
      "The request has no body, but a file was expected. Nothing was sent.",
    );
  }
  const body = new RequestBodyReader(source, maxBytes);
  return { data: body, filename, contentType, sizeBytes, signal: body.signal };
}

function headerOf({ headers }: Request | NodeRequest, name: string): string | undefined {
  const value = isFetchHeaders(headers) ? headers.get(name) : headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? undefined;
}

const isFetchHeaders = (headers: object): headers is Headers =>
  typeof Reflect.get(headers, "get") === "function";

function checkMediaType(
  contentType: string | undefined,
  accept: readonly string[],
  encoding: string | undefined,
): void {
  const [type = ""] = (contentType ?? "").toLowerCase().split(";");
  const [kind] = type.trim().split("/");
  const accepted = accept.map((one) => one.toLowerCase());
  const isAccepted = [type.trim(), `${kind}/*`, "*/*"].some((known) => accepted.includes(known));
  if (/^multipart\//.test(type.trim())) {
    throw new HeidiRequestBodyError(
      415,
      "The request has a form (multipart), but a file as its body was expected. Send the file itself, or parse the form with busboy and pass the stream of its file. Nothing was sent.",
    );
  }
  if (!isAccepted || (encoding !== undefined && encoding.toLowerCase() !== "identity")) {
    throw new HeidiRequestBodyError(
      415,
      `The request's ${isAccepted ? "content encoding" : "media type"} is not accepted. The option \`accept\` lists the media types; a body must not be compressed. Nothing was sent.`,
    );
  }
}

const tooLarge = (maxBytes: number): HeidiRequestBodyError =>
  new HeidiRequestBodyError(413, `The request's body is larger than ${maxBytes} bytes.`);

/** The chunks of a body, whatever the kind of its request. */
interface BodySource {
  /** Returns the next chunk; undefined at the end. Rejects when the body breaks off. */
  read(): Promise<unknown>;
  /** Ends the body and, with Node, its connection. */
  destroy(): void;
  /** Calls the listener when the sender is gone, also while nothing is read. */
  onGone(listener: () => void): void;
}

function sourceOf(request: Request | NodeRequest): BodySource | undefined {
  return isFetchHeaders(request.headers)
    ? fetchSource(request as Request)
    : nodeSource(request as NodeRequest);
}

const alreadyRead = (): HeidiArgumentError =>
  new HeidiArgumentError(
    "request",
    "The body of the request was already read. Call fileFromRequest before it is read, and leave out body parsers, such as express.json() and express.raw(), on this path.",
  );

function fetchSource(request: Request): BodySource | undefined {
  const { body, signal } = request;
  if (request.bodyUsed || body?.locked) throw alreadyRead();
  if (body === null) return undefined;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const open = (): ReadableStreamDefaultReader<Uint8Array> => {
    reader ??= body.getReader();
    return reader;
  };
  return {
    read: async () => (await open().read()).value,
    destroy: () =>
      void open()
        .cancel()
        .catch(() => undefined),
    onGone: (listener) => {
      // The request is kept as long as its signal is: in Node, a signal whose request is collected is never aborted.
      const call = (): void => void (request.signal.aborted && listener());
      if (signal?.aborted) call();
      else signal?.addEventListener("abort", call, { once: true });
    },
  };
}

function nodeSource(request: NodeRequest): BodySource {
  if (request.readableEnded) throw alreadyRead();
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    read: async () => {
      iterator ??= request[Symbol.asyncIterator]();
      const result = await iterator.next();
      return result.done === true ? undefined : result.value;
    },
    destroy: () => void request.destroy(),
    onGone: (listener) => {
      request.on("close", () => {
        if (!request.readableEnded) listener();
      });
    },
  };
}

/** Reads a body once, as an upload asks for it; ends when the sender is gone. */
class RequestBodyReader implements AsyncIterableIterator<Uint8Array> {
  readonly #source: BodySource;
  readonly #maxBytes: number;
  readonly #gone = new AbortController();
  #reading: Promise<unknown> = Promise.resolve();
  #failure: HeidiRequestBodyError | undefined;
  #readBytes = 0;
  #isStarted = false;
  #isEnded = false;

  constructor(source: BodySource, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    source.onGone(() => this.#leave());
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isStarted = true;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEnded) return { done: true, value: undefined };
    let chunk: unknown;
    try {
      chunk = await this.#read();
    } catch (cause) {
      throw this.#leave(cause);
    }
    if (chunk === undefined) {
      this.#isEnded = true;
      return { done: true, value: undefined };
    }
    if (this.#readBytes > this.#maxBytes) {
      this.#failure ??= tooLarge(this.#maxBytes);
      void this.#drain();
      throw this.#failure;
    }
    return { done: false, value: chunk as Uint8Array };
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    // A body that was never read is left to the server, which drops it after its response.
    if (this.#isStarted && this.#failure === undefined) void this.#drain();
    this.#isEnded = true;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this;
  }

  /** Reads one chunk. A sender that is gone ends it at once: some servers leave the read pending. */
  #read(): Promise<unknown> {
    const read = this.#source.read().then((chunk) => {
      this.#readBytes += chunk === undefined ? 0 : (chunk as Uint8Array).byteLength;
      return chunk;
    });
    this.#reading = read.catch(() => undefined);
    return new Promise((resolve, reject) => {
      const onGone = (): void => reject(this.#failure);
      this.#gone.signal.addEventListener("abort", onGone, { once: true });
      read.then(resolve, reject).finally(() => this.#gone.signal.removeEventListener("abort", onGone));
    });
  }

  /** Ends the body because its sender is gone. */
  #leave(cause?: unknown): HeidiRequestBodyError {
    const error =
      this.#failure ??
      new HeidiRequestBodyError(400, "The sender of the request left before its whole body had arrived.", {
        cause,
      });
    this.#failure = error;
    if (!this.#isEnded) abortWith(this.#gone, error);
    return error;
  }

  /** Reads and drops what is still sent: a sender that cannot send never reads the response. */
  async #drain(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    try {
      const limit = this.#readBytes + this.#maxBytes;
      let chunk = await this.#reading;
      while (chunk !== undefined && this.#readBytes <= limit) {
        chunk = await this.#source.read();
        this.#readBytes += chunk === undefined ? 0 : (chunk as Uint8Array).byteLength;
      }
      if (chunk !== undefined) this.#source.destroy();
    } catch {
      // The sender left.
    }
  }
}
