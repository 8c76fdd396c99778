import type { Dispatcher } from "undici";
import { type ByteReader, type ChunkSink, readFrom } from "../stream/byte-reader.ts";
import { runInThisContext } from "../utils/async-context.ts";
import { Queue } from "../utils/queue.ts";
import { isError } from "../utils/values.ts";
import { version } from "../version.ts";
import { framingOf } from "./headers.ts";
import type { HeaderReader, HttpEvents, HttpExchange, HttpRequest, HttpResponse } from "./http-client.ts";
import type { SocketBackpressure, SocketRegistry } from "./undici-backpressure.ts";
import { decodeBody } from "./undici-decompress.ts";
import type { ConnectionPools, PooledHandler } from "./undici-pool.ts";

/** Read ahead of a slow consumer at most this much; then nothing more is read and the server held back. */
const READ_AHEAD_BYTES = 64 * 1024;
/** As much of an upload as is sent with care for a server's refusal: what a fast line takes in a round trip. */
const WATCHED_BYTES = 4 * 1024 * 1024;
const WATCHED_PIECE_BYTES = 32 * 1024;
/** A socket of undici queues less than this without telling its writer to wait. */
const QUEUED_BYTES = 64 * 1024;
const USER_AGENT = `heidi-health-sdk/${version} node/${process.versions.node}`;

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isIterable = (content: unknown): content is AsyncIterable<Uint8Array> =>
  typeof content === "object" && content !== null && Symbol.asyncIterator in content;

/** One request and its response: undici's handler and our reader in one object, to spare the hot path its closures. */
export class UndiciExchange implements HttpExchange, PooledHandler, ByteReader {
  readonly response: Promise<HttpResponse>;
  sent = false;
  readonly #request: HttpRequest;
  readonly #events: HttpEvents;
  readonly #sockets: SocketRegistry;
  #settle: ((response: HttpResponse) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #backpressure: SocketBackpressure | undefined;
  #chunks = new Queue<Uint8Array>();
  #queuedBytes = 0;
  #ended = false;
  #error: unknown;
  #reading: ChunkSink | undefined;

  constructor(request: HttpRequest, events: HttpEvents, taps: SocketRegistry) {
    this.#request = request;
    this.#events = events;
    this.#sockets = taps;
    this.response = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
  }

  /** With `recycle` the chunks of an upload share memory: only over a dispatcher that is known to write each one out. */
  dispatch(pools: ConnectionPools, recycle: boolean): void {
    if (this.#ended) return; // aborted while undici was loading
    const { method, url, headers, body } = this.#request;
    const pathStart = url.indexOf("/", url.indexOf("//") + 2);
    headers["user-agent"] ??= USER_AGENT;
    headers["accept-encoding"] = "identity";
    try {
      const content = body?.open({ recycle });
      if (body?.sizeBytes !== undefined) headers["content-length"] = String(body.sizeBytes);
      const origin = url.slice(0, pathStart);
      pools.dispatch(
        origin,
        {
          origin,
          path: url.slice(pathStart),
          method: method as Dispatcher.HttpMethod,
          headers,
          body: isIterable(content) ? (runInThisContext(this.#counted(content)) as never) : (content ?? null),
        },
        this,
      );
    } catch (error) {
      this.onResponseError(null, error);
    }
  }

  /**
   * undici asks for the next chunk once the socket took the last one: that is when it counts as sent.
   *
   * A server that refuses an upload by its head answers and closes, and the first write after that resets the connection.
   * Linux still gives what had arrived (see `Tap`), other systems may not. So at first the pieces are such that one
   * write of the system takes each, with a turn of the event loop, in which an answer is read, before the next.
   */
  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sentBytes = 0;
    this.#events.onSource?.(true);
    try {
      for await (const chunk of content) {
        this.#events.onSource?.(false);
        for (let start = 0; start < chunk.byteLength; ) {
          const isWatched = sentBytes < WATCHED_BYTES;
          const piece = chunk.subarray(start, isWatched ? start + WATCHED_PIECE_BYTES : chunk.byteLength);
          // What may still be in the queue when the next piece is asked for must not share memory with what comes then.
          yield piece.byteLength < QUEUED_BYTES ? new Uint8Array(piece) : piece;
          start += piece.byteLength;
          sentBytes += piece.byteLength;
          this.#events.onSent?.(sentBytes);
          if (isWatched) await aTurn();
        }
        this.#events.onSource?.(true);
      }
    } finally {
      this.#events.onSource?.(false);
    }
  }

  /** Internal: nothing more comes of it, so that it must not be dispatched any more. */
  get isOver(): boolean {
    return this.#ended;
  }

  abort(reason: Error): void {
    if (this.#ended) return;
    const controller = this.#controller;
    this.onResponseError(null, reason);
    controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) {
      controller.abort(isError(this.#error) ? this.#error : new Error("aborted"));
      return;
    }
    this.sent = true;
    this.#controller = controller;
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
  ): void {
    if (status < 200) return; // informational: the answer is still to come
    this.#backpressure = this.#sockets.current;
    if (this.#backpressure) this.#backpressure.owner = this;
    const plain = new HttpHeaders(headers);
    const body = decodeBody(this, plain.get("content-encoding"));
    // HTTP/1 only. A compressed body ends with a check sum.
    const framing = framingOf(plain) ?? (body === this ? "close" : "marked");
    this.#settle?.({ status, headers: plain, body, framing });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const reading = this.#reading;
    if (reading) {
      this.#reading = undefined;
      reading.onChunk(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes >= READ_AHEAD_BYTES) this.#backpressure?.close();
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#leave();
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.onChunk(undefined);
  }

  onResponseError(_: unknown, error: unknown): void {
    if (this.#ended) return;
    this.#leave();
    this.#error = error;
    this.#fail?.(error);
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.onFault(error);
  }

  /** The connection belongs to the next request. */
  #leave(): void {
    this.#ended = true;
    const tap = this.#backpressure;
    if (tap === undefined) return;
    tap.owner = undefined;
    tap.open();
    this.#backpressure = undefined;
  }

  /** Internal: the connection's fault, which undici may take for the answer's end. */
  onFault(error: Error): void {
    this.onResponseError(null, error);
  }

  read(): Promise<Uint8Array | undefined> {
    return readFrom(this);
  }

  pull(sink: ChunkSink): void {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#queuedBytes -= chunk.byteLength;
      if (this.#chunks.isEmpty) this.#backpressure?.open();
      sink.onChunk(chunk);
    } else if (this.#error !== undefined) sink.onFault(this.#error);
    else if (this.#ended) sink.onChunk(undefined);
    else this.#reading = sink;
  }

  cancel(): void {
    this.#chunks = new Queue();
    this.abort(new Error("the reader was cancelled"));
  }
}

/** Response headers as undici gives them: an object of strings and lists. */
export class HttpHeaders implements HeaderReader {
  readonly #values: Readonly<Record<string, string | string[] | undefined>>;

  constructor(values: Readonly<Record<string, string | string[] | undefined>>) {
    this.#values = values;
  }

  get(name: string): string | null {
    const value = this.#values[name.toLowerCase()];
    // undici leaves the spaces after a value, which are no part of it.
    return value === undefined ? null : (typeof value === "string" ? value : value.join(", ")).trim();
  }

  toHeaders(): Headers {
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#values)) {
      for (const one of typeof value === "string" ? [value] : (value ?? [])) headers.append(name, one);
    }
    return headers;
  }
}
