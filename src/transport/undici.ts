import type { Socket } from "node:net";
import type { Agent, buildConnector, Dispatcher } from "undici";
import type { ByteReader } from "../stream/bytes.ts";
import { version } from "../version.ts";
import { decodeBody } from "./encoding.ts";
import { PlainHeaders } from "./headers.ts";
import type { Wire, WireEvents, WireExchange, WireOptions, WireRequest, WireResponse } from "./wire.ts";

/** Longer than a client polls and shorter than common load balancers wait; a server's own `Keep-Alive` hint still wins. */
const KEEP_ALIVE_MS = 55_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 64;
/** Read ahead of a slow consumer at most this much; then the socket is paused and the server held back. */
const READ_AHEAD_BYTES = 64 * 1024;
const USER_AGENT = `heidi-health-sdk/${version} node/${process.versions.node}`;

/** The wire on undici's own dispatcher, without the Request and Response classes that cost most of fetch's time. */
export function createWire(options: WireOptions = {}): Wire {
  return new UndiciWire(options);
}

class UndiciWire implements Wire {
  readonly #options: WireOptions;
  #dispatcher: Dispatcher | undefined;
  #loading: Promise<Dispatcher> | undefined;
  /** undici forgets a connection that is still being made: unless it is ended here, it holds a closed client's process. */
  readonly #connecting = new Set<Socket>();
  #closed = false;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  start(request: WireRequest, events: WireEvents): WireExchange {
    const exchange = new UndiciExchange(request, events);
    // Loaded on first use: importing the SDK must not cost what its first request does.
    if (this.#dispatcher) exchange.dispatch(this.#dispatcher);
    else
      this.#load().then(
        (dispatcher) => exchange.dispatch(dispatcher),
        (error) => exchange.onResponseError(null, error),
      );
    return exchange;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const dispatcher = this.#dispatcher ?? (await this.#loading?.catch(() => undefined));
    await dispatcher?.destroy();
    for (const socket of this.#connecting) socket.destroy(new Error("the client was closed"));
  }

  #load(): Promise<Dispatcher> {
    this.#loading ??= loadUndici().then(({ AgentClass, createConnector }) => {
      this.#dispatcher = new AgentClass({
        connections: this.#options.maxConnections ?? CONNECTIONS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connect: this.#tracked(createConnector({ timeout: CONNECT_TIMEOUT_MS })),
        // The transport keeps time itself: undici's limits of 300 s would cut a transcript short.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      if (this.#closed) void this.#dispatcher.destroy();
      return this.#dispatcher;
    });
    return this.#loading;
  }

  #tracked(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      // It returns the socket, though its declaration does not say so.
      const socket = connect(options, (...result) => {
        this.#connecting.delete(socket);
        callback(...result);
      }) as unknown as Socket;
      this.#connecting.add(socket);
      return socket;
    };
  }
}

interface Undici {
  readonly AgentClass: typeof Agent;
  readonly createConnector: typeof buildConnector;
}

async function loadUndici(): Promise<Undici> {
  try {
    const { default: AgentClass } = await import("undici/lib/dispatcher/agent.js");
    const { default: createConnector } = await import("undici/lib/core/connect.js");
    return { AgentClass, createConnector };
  } catch {
    const undici = await import("undici");
    return { AgentClass: undici.Agent, createConnector: undici.buildConnector };
  }
}

const isIterable = (content: unknown): content is AsyncIterable<Uint8Array> =>
  typeof content === "object" && content !== null && Symbol.asyncIterator in content;

/** One request and its response: undici's handler and our reader in one object, to spare the hot path its closures. */
class UndiciExchange implements WireExchange, Dispatcher.DispatchHandler, ByteReader {
  readonly response: Promise<WireResponse>;
  sent = false;
  readonly #request: WireRequest;
  readonly #events: WireEvents;
  #settle: ((response: WireResponse) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #ended = false;
  #error: unknown;
  #reading: { resolve(chunk: Uint8Array | undefined): void; reject(error: unknown): void } | undefined;

  constructor(request: WireRequest, events: WireEvents) {
    this.#request = request;
    this.#events = events;
    this.response = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
  }

  dispatch(dispatcher: Dispatcher): void {
    if (this.#ended) return; // aborted while undici was loading
    const { method, url, headers, body } = this.#request;
    const pathStart = url.indexOf("/", url.indexOf("//") + 2);
    headers["user-agent"] ??= USER_AGENT;
    headers["accept-encoding"] = "identity";
    try {
      // undici asks for the next chunk when the socket has written the last one out, so chunks may share memory.
      const content = body?.open({ recycle: true });
      if (body?.sizeBytes !== undefined) headers["content-length"] = String(body.sizeBytes);
      dispatcher.dispatch(
        {
          origin: url.slice(0, pathStart),
          path: url.slice(pathStart),
          method: method as Dispatcher.HttpMethod,
          headers,
          body: isIterable(content) ? (this.#counted(content) as never) : (content ?? null),
        },
        this,
      );
    } catch (error) {
      this.onResponseError(null, error);
    }
  }

  /** undici asks for the next chunk once the socket took the last one: that is when it counts as sent. */
  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sentBytes = 0;
    for await (const chunk of content) {
      yield chunk;
      sentBytes += chunk.byteLength;
      this.#events.onSent?.(sentBytes);
    }
  }

  abort(reason: Error): void {
    if (this.#ended) return;
    const controller = this.#controller;
    this.onResponseError(null, reason);
    controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) {
      controller.abort(this.#error instanceof Error ? this.#error : new Error("aborted"));
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
    const plain = new PlainHeaders(headers);
    this.#settle?.({ status, headers: plain, body: decodeBody(this, plain.get("content-encoding")) });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const reading = this.#reading;
    if (reading) {
      this.#reading = undefined;
      reading.resolve(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes >= READ_AHEAD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#reading?.resolve(undefined);
    this.#reading = undefined;
  }

  onResponseError(_: unknown, error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#fail?.(error);
    this.#reading?.reject(error);
    this.#reading = undefined;
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.#queuedBytes -= chunk.byteLength;
      if (this.#chunks.length === 0) this.#controller?.resume();
      return Promise.resolve(chunk);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject };
    });
  }

  cancel(): void {
    this.#chunks = [];
    this.abort(new Error("the reader was cancelled"));
  }
}
