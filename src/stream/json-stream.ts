import { HeidiAbortError, HeidiError } from "../errors.ts";
import { reasonOf } from "../utils/abort.ts";
import { loadChunk } from "../utils/lazy.ts";
import { checkCount, checkMs, throwInvalidArgument } from "../utils/validate.ts";
import { ignoreFailure } from "../utils/values.ts";
import type { StreamFraming } from "./byte-reader.ts";
import type { StreamFormat } from "./byte-stream.ts";
import { DONE, type ItemReader, type JsonStreamInit, type StreamSource, textOf } from "./types.ts";

export type { StreamFraming } from "./byte-reader.ts";
export type { StreamFormat } from "./byte-stream.ts";
export type { JsonStreamInit, StreamLimits, StreamSource } from "./types.ts";

/** Options of {@link JsonStream.text}. */
export interface TextOptions {
  /** The longest text accepted, in characters (as `string.length` counts). Default 67,108,864. */
  readonly maxLength?: number | undefined;
}

/** Options of {@link JsonStream.toByteStream}. */
export interface ByteStreamOptions {
  /** The format of the objects. Default `sse`. */
  readonly format?: StreamFormat | undefined;
  /** Aborts the stream and closes the connection to Heidi; pass the signal of the request that you answer. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The longest silence of `sse` in milliseconds: then a comment is sent, which readers ignore, so that no proxy closes
   * the connection while Heidi writes. Default 15,000; `false` sends none. The other formats have no comments.
   */
  readonly heartbeatMs?: number | false | undefined;
}

/** Options of {@link JsonStream.toResponse}. */
export interface StreamResponseOptions extends ByteStreamOptions {
  /** Additional headers of the response, which take precedence over its own. */
  readonly headers?: HeadersInit | undefined;
  /** The status of the response: 200 to 203. Default 200. */
  readonly status?: number | undefined;
}

const CONTENT_TYPES: Readonly<Record<StreamFormat, string>> = {
  sse: "text/event-stream; charset=utf-8",
  ndjson: "application/x-ndjson; charset=utf-8",
  text: "text/plain; charset=utf-8",
};

const HEARTBEAT_MS = 15_000;

/** Closes the connections of object streams that a platform dropped, when they are garbage-collected. */
const dropped =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<() => void>((close) => close())
    : undefined;

/** A stream together with its response. */
export interface StreamWithResponse<T> {
  readonly data: JsonStream<T>;
  /** The response's status and headers. Its body is read through `data` only. */
  readonly response: Response;
  readonly requestId: string | undefined;
  /** The way in which the end of the response is known; see {@link JsonStream.framing}. */
  readonly framing: StreamFraming;
}

/**
 * The response of a streaming operation, object by object as they arrive.
 *
 * The request is sent on first use; an unused stream holds no resources. It can be read once, in one way. Leaving a loop
 * early closes the connection, and a slow reader slows the server down (backpressure). A stream that was started, and is
 * neither read to its end nor left, keeps its connection until `totalTimeoutMs`, if there is one: call `abort()`, or
 * declare it with `await using`.
 *
 * Reading rejects with `HeidiStreamError` when the response is truncated, malformed, stalled, too long, not a stream or
 * contains an error object; with `HeidiAbortError` after `abort()`; and with the errors of any call when the request fails.
 * `partialText` of the error has the text received so far (at most the first 67,108,864 characters).
 *
 * @example
 * for await (const chunk of clinician.askHeidi.ask(id, body)) process.stdout.write(chunk.data ?? "");
 */
export class JsonStream<T> implements AsyncIterable<T> {
  readonly #reader: LazyReader<T & object>;
  readonly #init: JsonStreamInit;
  #taken = false;

  /** Internal: the client's methods create streams; the second parameter is for branches of a `tee()`. */
  constructor(init: JsonStreamInit, reader?: LazyReader<T & object>) {
    this.#init = init;
    this.#reader =
      reader ??
      new LazyReader(
        async (own) => {
          const { StreamReader } = await loadChunk(import("./stream-reader.ts"));
          own.start(new StreamReader<T & object>(init));
        },
        (cause) => {
          const error = new HeidiAbortError("The stream was aborted before its request was sent.", { cause });
          init.trace?.(error);
          return error;
        },
      );
  }

  /**
   * The way in which the end of the response is known; undefined before its headers arrive. With `close`, a truncated answer
   * cannot be distinguished from a complete one, and a warning is logged at its end: compare a note with that of the
   * session, `consultNotes.waitForNote(id)`. `marked` for a `data: [DONE]` is known only at the end.
   *
   * @example
   * const note = clinician.consultNotes.generate(id, body);
   * const text = await note.text();
   * if (note.framing === "close") record(await clinician.consultNotes.waitForNote(id));
   */
  get framing(): StreamFraming | undefined {
    return this.#reader.framing;
  }

  /** Yields the objects as they arrive. `break`, `return` and an error in the loop close the connection. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const cursor = this.#take();
    return {
      next: () => cursor.next(),
      return: () => {
        cursor.close();
        return Promise.resolve(DONE);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Yields the text of the objects (their `data`) as it arrives, unchanged. Objects without text are skipped. */
  textStream(): AsyncIterableIterator<string> {
    const cursor = this.#take();
    const step = async (): Promise<IteratorResult<string, undefined>> => {
      for (;;) {
        const result = await cursor.next();
        if (result.done) return DONE;
        const value = textOf(result.value);
        if (value !== undefined) return { done: false, value };
      }
    };
    // One step at a time: concurrent steps would skip items.
    let last: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    const settle = (): void => {
      waiting--;
    };
    return {
      next: () => {
        try {
          for (
            let item = waiting === 0 ? cursor.poll() : undefined;
            item !== undefined;
            item = cursor.poll()
          ) {
            const value = textOf(item);
            if (value !== undefined) return Promise.resolve({ done: false, value });
          }
        } catch (error) {
          return Promise.reject(error);
        }
        waiting++;
        const result = last.then(step, step);
        last = result.then(settle, settle);
        return result;
      },
      return: () => {
        cursor.close();
        return Promise.resolve(DONE);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * Reads to the end and returns the whole text, unchanged.
   *
   * @throws HeidiStreamError `too-long` beyond `maxLength`, by default 67,108,864 characters.
   */
  async text(options: TextOptions = {}): Promise<string> {
    return this.#take().text(options.maxLength);
  }

  /** Reads to the end and returns all objects. Holds them all in memory: only the size of each object is limited. */
  async toArray(): Promise<T[]> {
    const cursor = this.#take();
    const items: T[] = [];
    for (;;) {
      for (let item = cursor.poll(); item !== undefined; item = cursor.poll()) items.push(item);
      const result = await cursor.next();
      if (result.done) return items;
      items.push(result.value);
    }
  }

  /**
   * Returns the objects as a web stream. It pulls one at a time and reads nothing ahead; cancelling it closes the connection.
   * `new Response(…)` cannot send it, because a body consists of bytes: use {@link toResponse} or {@link toByteStream}.
   */
  toReadableStream(): ReadableStream<T> {
    const cursor = this.#take();
    return pulling(
      async () => (await cursor.next()).value,
      () => cursor.close(),
    );
  }

  /**
   * Returns the stream as bytes for another program: Server-Sent Events, NDJSON or text. It reads nothing ahead, so a slow
   * reader slows Heidi down (backpressure); cancelling it closes the connection to Heidi.
   *
   * After a failure the reader never sees a proper end: `sse` ends with an `error` event instead of `[DONE]`; `ndjson`
   * writes a line `{"error":{…}}`, and then fails as `text` does at once. Event and line have the error's class, outcome,
   * status, fault and request id, and no patient data.
   *
   * @throws HeidiArgumentError for an unknown format or an invalid option.
   *
   * @example
   * const bytes = clinician.consultNotes.generate(id, body).toByteStream({ format: "ndjson", signal });
   */
  toByteStream({
    format = "sse",
    signal,
    heartbeatMs = HEARTBEAT_MS,
  }: ByteStreamOptions = {}): ReadableStream<Uint8Array> {
    if (!Object.hasOwn(CONTENT_TYPES, format)) {
      throwInvalidArgument("format", 'The option `format` must be "sse", "ndjson" or "text".');
    }
    const silenceMs =
      heartbeatMs === false ? undefined : checkMs("heartbeatMs", heartbeatMs, throwInvalidArgument);
    const encoding = { format, heartbeatMs: format === "sse" ? silenceMs : undefined };
    const cursor = this.#take();
    const abort = (): void => cursor.abort(signal && reasonOf(signal));
    const release = (): void => signal?.removeEventListener("abort", abort);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    let read: (() => Promise<Uint8Array | undefined>) | undefined;
    const close = (): void => {
      release();
      cursor.close();
    };
    return pulling(async () => {
      try {
        read ??= (await loadChunk(import("./byte-stream.ts"))).createEncoder(cursor, encoding);
        const chunk = await read();
        if (chunk === undefined) release();
        return chunk;
      } catch (error) {
        close();
        throw error;
      }
    }, close);
  }

  /**
   * Returns a `Response` for a browser, with the stream as its body: by default Server-Sent Events. It is created before
   * Heidi has answered, so that its headers and heartbeats reach the browser while Heidi works; a later failure is
   * reported in the body, see {@link toByteStream}. To answer a failed request with a status of your own, await
   * {@link withResponse} first.
   *
   * The response must not be stored (`Cache-Control: no-store`) or buffered by a proxy (`X-Accel-Buffering: no`). When the
   * browser disconnects, the server cancels the body, which closes the connection to Heidi; where your server does not
   * cancel the body, pass the request's `signal`.
   *
   * @throws HeidiArgumentError for an unknown format or an invalid option; the stream can still be read then.
   *
   * @example
   * export const POST = (request: Request) =>
   *   clinician.consultNotes.generate(id, body).toResponse({ signal: request.signal });
   */
  toResponse({ headers, status, ...options }: StreamResponseOptions = {}): Response {
    checkCount("status", status, { min: 200, max: 203 }, throwInvalidArgument);
    const own = new Headers({
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    try {
      new Headers(headers).forEach((value, name) => {
        if (name === "set-cookie") own.append(name, value);
        else own.set(name, value);
      });
    } catch {
      throwInvalidArgument("headers", "The option `headers` must contain valid header names and values.");
    }
    const body = this.toByteStream(options);
    if (!own.has("content-type")) own.set("content-type", CONTENT_TYPES[options.format ?? "sse"]);
    return new Response(body, { headers: own, status: status ?? 200 });
  }

  /**
   * Returns two streams of the same objects, from one request. Read both at the same time: the one that is ahead waits
   * while 16,384 objects (or 16,777,216 characters of text) are buffered for the other one. A branch that is left or
   * aborted blocks nothing; when both are, the connection is closed. Both branches return the same objects, not copies.
   */
  tee(): [JsonStream<T>, JsonStream<T>] {
    const source = this.#take();
    let branching: Promise<void> | undefined;
    const branch = async (): Promise<void> => {
      const { teeReader } = await loadChunk(import("./tee.ts"));
      const [one, other] = teeReader(source);
      first.start(one);
      second.start(other);
    };
    const load = (): Promise<void> => {
      branching ??= branch();
      return branching;
    };
    const first = new LazyReader<T & object>(load, abortedBranch);
    const second = new LazyReader<T & object>(load, abortedBranch);
    // A request that was already sent needs its connection closed, even if neither branch is ever read.
    if (source.isStarted) ignoreFailure(load());
    return [new JsonStream<T>(this.#init, first), new JsonStream<T>(this.#init, second)];
  }

  /**
   * Sends the request and resolves when the headers arrive; `data` is this stream, still unread.
   *
   * @throws the error of the request: an error status, a connection error or a timeout.
   */
  async withResponse(): Promise<StreamWithResponse<T>> {
    const source = await this.#reader.open();
    const { requestId, framing = "unknown" } = source;
    return { data: this, response: source.response(), requestId, framing };
  }

  /**
   * Aborts the request or the reading of its response; does nothing after its end. Reading rejects with `HeidiAbortError`,
   * whose `cause` is the reason.
   */
  abort(reason?: unknown): void {
    this.#reader.abort(reason);
  }

  /** Closes the connection if the stream is not at its end. */
  [Symbol.asyncDispose](): Promise<void> {
    // A later read rejects; the current reader has already left.
    if (this.#taken) this.#reader.close();
    else this.#reader.abort(undefined);
    return Promise.resolve();
  }

  #take(): LazyReader<T & object> {
    if (this.#taken) {
      throw new HeidiError(
        "This stream was already read, or is being read: a stream can be read once. Keep the objects, use tee() before reading, or make the call again.",
        { outcome: "unknown" },
      );
    }
    this.#taken = true;
    return this.#reader;
  }
}

/**
 * Loads the reader of a stream with its first use, before its request is sent. What ends the stream during that takes
 * effect at once.
 */
class LazyReader<T extends object> implements ItemReader<T> {
  readonly #load: (own: LazyReader<T>) => Promise<void>;
  readonly #createAbortError: (reason: unknown) => HeidiAbortError;
  #reader: ItemReader<T> | undefined;
  #loading: Promise<ItemReader<T>> | undefined;
  #onStart: ((reader: ItemReader<T>) => void) | undefined;
  /** The number of calls that wait for the reader; a call after them waits too, so that they are served in order. */
  #waiting = 0;

  constructor(
    load: (own: LazyReader<T>) => Promise<void>,
    createAbortError: (reason: unknown) => HeidiAbortError,
  ) {
    this.#load = load;
    this.#createAbortError = createAbortError;
  }

  get isStarted(): boolean {
    return this.#reader !== undefined;
  }

  get framing(): StreamFraming | undefined {
    return this.#reader?.framing;
  }

  /** Sets the reader; closes it if the stream has already ended. */
  start(reader: ItemReader<T>): void {
    if (this.#reader !== undefined) reader.close();
    else {
      this.#reader = reader;
      this.#onStart?.(reader);
    }
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#reader !== undefined && this.#waiting === 0) return this.#reader.next();
    return this.#use((reader) => reader.next());
  }

  poll(): T | undefined {
    return this.#waiting === 0 ? this.#reader?.poll() : undefined;
  }

  open(): Promise<StreamSource> {
    return this.#use((reader) => reader.open());
  }

  text(maxLength: number | undefined): Promise<string> {
    return this.#use((reader) => reader.text(maxLength));
  }

  close(): void {
    if (this.#reader !== undefined) this.#reader.close();
    else this.start(endedReader(undefined));
  }

  abort(reason: unknown): void {
    if (this.#reader !== undefined) this.#reader.abort(reason);
    else this.start(endedReader(reason instanceof HeidiAbortError ? reason : this.#createAbortError(reason)));
  }

  async #use<R>(act: (reader: ItemReader<T>) => Promise<R>): Promise<R> {
    this.#loading ??= new Promise((resolve, reject) => {
      this.#onStart = resolve;
      if (this.#reader !== undefined) resolve(this.#reader);
      else this.#load(this).catch(reject);
    });
    this.#waiting++;
    let reader: ItemReader<T>;
    try {
      reader = await this.#loading;
    } finally {
      this.#waiting--;
    }
    return act(reader);
  }
}

/** A reader that ended before it was started: aborted with an error, or closed. */
function endedReader(error: HeidiAbortError | undefined): ItemReader<never> {
  const end = error === undefined ? () => Promise.resolve(DONE) : () => Promise.reject(error);
  return {
    framing: undefined,
    next: end,
    poll: () => undefined,
    close: () => undefined,
    abort: () => undefined,
    open: async () => {
      await end();
      throw new HeidiAbortError("The stream was closed before its request was sent.");
    },
    text: async () => {
      await end();
      return "";
    },
  };
}

const abortedBranch = (cause: unknown): HeidiAbortError =>
  new HeidiAbortError("This branch of the stream was aborted.", { cause, outcome: "unknown" });

/** A stream that reads nothing ahead. One that is dropped without cancelling it, as after a failed reader, is closed too. */
function pulling<C>(read: () => Promise<C | undefined>, close: () => void): ReadableStream<C> {
  const stream = new ReadableStream<C>(
    {
      pull: async (controller) => {
        const chunk = await read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
  dropped?.register(stream, close);
  return stream;
}
