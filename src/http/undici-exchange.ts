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

/** The most bytes that are read ahead of a slow consumer; beyond that, backpressure slows the server down. */
const READ_AHEAD_BYTES = 64 * 1024;
/** The first part of an upload, sent in small pieces so that an early rejection is read: the amount that a fast line sends in a round trip. */
const WATCHED_BYTES = 4 * 1024 * 1024;
const WATCHED_PIECE_BYTES = 32 * 1024;
/** A socket of undici queues fewer bytes than this without asking its writer to wait. */
const QUEUED_BYTES = 64 * 1024;
const USER_AGENT = `heidi-health-sdk/${version} node/${process.versions.node}`;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isIterable = (content: unknown): content is AsyncIterable<Uint8Array> =>
  typeof content === "object" && content !== null && Symbol.asyncIterator in content;

/** One request and its response: undici's handler and the SDK's reader in one object, to avoid closures in the hot path. */
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
  /** Node allocates new memory for each read of a socket. */
  readonly givesChunksAway: boolean = true;
  #chunks = new Queue<Uint8Array>();
  #queuedBytes = 0;
  #ended = false;
  #error: unknown;
  #reading: ChunkSink | undefined;

  constructor(request: HttpRequest, events: HttpEvents, sockets: SocketRegistry) {
    this.#request = request;
    this.#events = events;
    this.#sockets = sockets;
    this.response = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
  }

  /** Sends the request. With `recycle`, the chunks of an upload share memory: use it only if the dispatcher writes each chunk before it requests the next. */
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
   * Counts the bytes sent: undici requests the next chunk when the socket has accepted the last one.
   *
   * A server that rejects an upload by its headers responds and closes the connection; the next write resets the connection.
   * Linux then still delivers the response (see `SocketBackpressure`), other systems may not. So the first pieces are small
   * enough for one system write each, and a turn of the event loop, in which a response is read, follows each piece.
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
          // A piece that may still be in the socket's queue must not share memory with the next one.
          yield piece.byteLength < QUEUED_BYTES ? new Uint8Array(piece) : piece;
          start += piece.byteLength;
          sentBytes += piece.byteLength;
          this.#events.onSent?.(sentBytes);
          if (isWatched) await nextTurn();
        }
        this.#events.onSource?.(true);
      }
    } finally {
      this.#events.onSource?.(false);
    }
  }

  /** Internal: true when the exchange has ended, so that it must not be dispatched. */
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
    if (status < 200) return; // informational: the response follows
    this.#backpressure = this.#sockets.current;
    if (this.#backpressure) this.#backpressure.owner = this;
    const plain = new HttpHeaders(headers);
    const body = decodeBody(this, plain.get("content-encoding"));
    // HTTP/1 only. A compressed body marks its end with a checksum.
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
    this.#releaseConnection();
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.onChunk(undefined);
  }

  onResponseError(_: unknown, error: unknown): void {
    if (this.#ended) return;
    this.#releaseConnection();
    this.#error = error;
    this.#fail?.(error);
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.onFault(error);
  }

  /** Releases the connection for the next request. */
  #releaseConnection(): void {
    this.#ended = true;
    const backpressure = this.#backpressure;
    if (backpressure === undefined) return;
    backpressure.owner = undefined;
    backpressure.open();
    this.#backpressure = undefined;
  }

  /** Internal: called with a connection error, which undici may treat as the end of the response. */
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

/** The response headers of undici: an object of strings and lists. */
export class HttpHeaders implements HeaderReader {
  readonly #values: Readonly<Record<string, string | string[] | undefined>>;

  constructor(values: Readonly<Record<string, string | string[] | undefined>>) {
    this.#values = values;
  }

  get(name: string): string | null {
    const value = this.#values[name.toLowerCase()];
    // undici keeps the spaces after a value, which do not belong to it.
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
