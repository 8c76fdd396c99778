import { HeidiArgumentError, HeidiError } from "../errors.ts";
import { reasonOf } from "../utils/abort.ts";
import { loadChunk } from "../utils/lazy.ts";
import type { StreamFraming } from "./byte-reader.ts";
import type { StreamFormat } from "./byte-stream.ts";
import { textOf } from "./errors.ts";
import { StreamReader } from "./stream-reader.ts";
import { teeReader } from "./tee.ts";
import { DONE, type ItemReader, type JsonStreamInit } from "./types.ts";

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
  /** How the objects are written. Default `sse`. */
  readonly format?: StreamFormat | undefined;
  /** Aborts the stream, such as the signal of the request that is answered: then the connection to Heidi is closed. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link JsonStream.toResponse}. */
export interface StreamResponseOptions extends ByteStreamOptions {
  /** More headers of the answer, which win over its own. */
  readonly headers?: HeadersInit | undefined;
}

const CONTENT_TYPES: Readonly<Record<StreamFormat, string>> = {
  sse: "text/event-stream; charset=utf-8",
  ndjson: "application/x-ndjson; charset=utf-8",
  text: "text/plain; charset=utf-8",
};

/** For streams of objects that a platform dropped: what ends the connection when they are collected. */
const dropped =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<() => void>((close) => close())
    : undefined;

/** A stream together with the answer it is read from. */
export interface StreamWithResponse<T> {
  readonly data: JsonStream<T>;
  /** The answer's status and headers. Its body is read through `data` only. */
  readonly response: Response;
  readonly requestId: string | undefined;
  /** How the end of the answer will be known; see {@link JsonStream.framing}. */
  readonly framing: StreamFraming;
}

/**
 * The answer of a streaming operation, object by object as they arrive.
 *
 * The request is sent on first use; a stream that is never used holds nothing. It can be read once, in one way; leaving a
 * loop early closes the connection, and a reader that takes its time holds the server back. A stream that was begun and is
 * neither read to its end nor left keeps its connection until `totalTimeoutMs`, if there is one: `abort()` it, or declare it
 * with `await using`.
 *
 * Reading rejects with `HeidiStreamError` when the answer is cut, malformed, stalled, too long, no stream at all or carries
 * an error object, with `HeidiAbortError` after `abort()`, and as any call does when the request fails. `partialText` of the
 * error has the text that had arrived (at most the first 67,108,864 characters).
 *
 * @example
 * for await (const chunk of clinician.askHeidi.ask(id, body)) process.stdout.write(chunk.data ?? "");
 */
export class JsonStream<T> implements AsyncIterable<T> {
  readonly #reader: ItemReader<T & object>;
  readonly #init: JsonStreamInit;
  #taken = false;

  /** Internal: streams are made by the client's methods; the second parameter is for branches of a `tee()`. */
  constructor(init: JsonStreamInit, cursor: ItemReader<T & object> = new StreamReader<T & object>(init)) {
    this.#init = init;
    this.#reader = cursor;
  }

  /**
   * How the end of the answer is known; undefined before its headers are there. With `close` a cut answer looks like a
   * whole one, and a warning is logged at its end: compare a note with the session's, `consultNotes.waitForNote(id)`.
   * `marked` for a `data: [DONE]` is known at the end.
   *
   * @example
   * const note = clinician.consultNotes.generate(id, body);
   * const text = await note.text();
   * if (note.framing === "close") record(await clinician.consultNotes.waitForNote(id));
   */
  get framing(): StreamFraming | undefined {
    return this.#reader.framing;
  }

  /** The objects, as they arrive. `break`, `return` and an error in the loop close the connection. */
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

  /** The text of the objects (their `data`), as it arrives, untouched. Objects without text are skipped. */
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
    // One step at a time: overlapping ones would skip past each other.
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
   * Reads to the end and returns the whole text, untouched.
   *
   * @throws HeidiStreamError `too-long` beyond `maxLength`, 67,108,864 characters unless given.
   */
  async text(options: TextOptions = {}): Promise<string> {
    return this.#take().text(options.maxLength);
  }

  /** Reads to the end and returns all objects. Holds them all in memory: there is no limit but that of each object. */
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
   * The objects as a web stream. It pulls one at a time and reads nothing ahead; cancelling it closes the connection.
   * `new Response(…)` cannot send it, for a body consists of bytes: use {@link toResponse} or {@link toByteStream}.
   */
  toReadableStream(): ReadableStream<T> {
    const cursor = this.#take();
    return pulling(
      async () => (await cursor.next()).value,
      () => cursor.close(),
    );
  }

  /**
   * The stream as bytes for another program, written as Server-Sent Events, NDJSON or text. It reads nothing ahead, so that
   * a slow reader holds Heidi back; cancelling it closes the connection to Heidi. In `sse` and `ndjson` a failure is an event
   * or a line of its class, outcome, status and fault, without a word of a patient; in `text` it breaks the stream off.
   *
   * @throws HeidiArgumentError for an unknown format.
   *
   * @example
   * const bytes = clinician.consultNotes.generate(id, body).toByteStream({ format: "ndjson", signal });
   */
  toByteStream({ format = "sse", signal }: ByteStreamOptions = {}): ReadableStream<Uint8Array> {
    if (!Object.hasOwn(CONTENT_TYPES, format)) {
      throw new HeidiArgumentError("format", 'The option `format` must be "sse", "ndjson" or "text".');
    }
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
        read ??= (await loadChunk(import("./byte-stream.ts"))).createEncoder(cursor, format);
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
   * An answer to a browser, with the stream as its body: Server-Sent Events unless `format` says otherwise. Its status is
   * 200, for it is made before Heidi has answered; what fails then is told in the body, see {@link toByteStream}. Await
   * `withResponse()` before to answer a failed request with a status of your own.
   *
   * It is not to be stored (`Cache-Control: no-store`) or held back by a proxy (`X-Accel-Buffering: no`). When the browser
   * leaves, the server cancels the body and the connection to Heidi is closed; pass the request's `signal` where it does not.
   *
   * @throws HeidiArgumentError for an unknown format.
   *
   * @example
   * export const POST = (request: Request) =>
   *   clinician.consultNotes.generate(id, body).toResponse({ signal: request.signal });
   */
  toResponse({ headers, ...options }: StreamResponseOptions = {}): Response {
    const { format = "sse" } = options;
    const body = this.toByteStream(options);
    const own = new Headers({
      "content-type": CONTENT_TYPES[format],
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    new Headers(headers).forEach((value, name) => {
      own.set(name, value);
    });
    return new Response(body, { headers: own });
  }

  /**
   * Two streams of the same objects, from one request. Read both at the same time: the one that is ahead waits while
   * 16,384 objects (or 16,777,216 characters of text) are waiting for the other one. A branch that is left or aborted holds
   * nobody up; when both are, the connection is closed. Both branches deliver the same object, not copies.
   */
  tee(): [JsonStream<T>, JsonStream<T>] {
    const [first, second] = teeReader(this.#take());
    return [new JsonStream<T>(this.#init, first), new JsonStream<T>(this.#init, second)];
  }

  /**
   * Sends the request and resolves when the headers are there; `data` is this stream, still to be read.
   *
   * @throws what the request fails with: an error status, a connection error, a time limit.
   */
  async withResponse(): Promise<StreamWithResponse<T>> {
    const source = await this.#reader.open();
    const { requestId, framing = "unknown" } = source;
    return { data: this, response: source.response(), requestId, framing };
  }

  /**
   * Ends the request or the reading of its answer, whatever it is at; does nothing when that is over. Reading rejects with
   * `HeidiAbortError`, whose `cause` is the reason.
   */
  abort(reason?: unknown): void {
    this.#reader.abort(reason);
  }

  /** Closes the connection if the stream is not at its end. */
  [Symbol.asyncDispose](): Promise<void> {
    // Whoever reads it afterwards is told; one who was reading it has left.
    if (this.#taken) this.#reader.close();
    else this.#reader.abort(undefined);
    return Promise.resolve();
  }

  #take(): ItemReader<T & object> {
    if (this.#taken) {
      throw new HeidiError(
        "This stream was already read, or is being read: a stream can be read once. Keep what it gives, use tee() before reading, or make the call again.",
        { outcome: "unknown" },
      );
    }
    this.#taken = true;
    return this.#reader;
  }
}

/** A stream that reads nothing ahead. One that is dropped without a word, as a failed reader drops it, is closed as well. */
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
