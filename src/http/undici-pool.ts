import { AsyncResource } from "node:async_hooks";
import type { Dispatcher } from "undici";
import { monotonicMs } from "../platform.ts";
import { Queue } from "../utils/queue.ts";
import { isError } from "../utils/values.ts";

/** The longest idle time of a connection for a create, if nothing is known about the server: uvicorn's default of 5 s, with a margin. */
const ASSUMED_LIMIT_MS = 4_000;
/** The longest time that a create needs to reach the server, which may close the connection meanwhile. */
const MARGIN_MS = 1_000;
/**
 * The shortest plausible idle limit of a server. If a request fails on a connection that was idle for less time, the failure
 * is not evidence of an idle limit: no server is configured with such a short limit, but any server can fail.
 */
const SHORTEST_LIMIT_MS = 500;
/** The number of aborted requests that may stay in the queue. */
const MAX_ABORTED = 64;
/** The time after which an observed idle limit is forgotten: a restarted server also closes its connections early. */
const MEMORY_MS = 600_000;
const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Events of a connection. */
export interface ConnectionEvents {
  onConnect(): void;
  onDisconnect(error: Error): void;
}

/** The handler of a request that may be aborted before undici gets it. */
export interface PooledHandler extends Dispatcher.DispatchHandler {
  readonly isOver: boolean;
}

/** Creates a dispatcher of undici that has one connection at a time. */
type OpenClient = (origin: string, events: ConnectionEvents) => Dispatcher;

/** The connections of one HTTP client. */
export class ConnectionPools {
  readonly #open: OpenClient;
  readonly #maxConnections: number;
  readonly #pools = new Map<string, OriginPool>();
  #isDestroyed = false;

  /** @param maxConnections - the maximum number of connections to one origin at a time. */
  constructor(open: OpenClient, maxConnections: number) {
    this.#open = open;
    this.#maxConnections = maxConnections;
  }

  dispatch(origin: string, options: Dispatcher.DispatchOptions, handler: PooledHandler): void {
    if (this.#isDestroyed) {
      handler.onResponseError?.(NO_CONTROLLER, destroyedError());
      return;
    }
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new OriginPool((events) => this.#open(origin, events), this.#maxConnections);
      this.#pools.set(origin, pool);
    }
    pool.dispatch(options, handler);
  }

  /** Ends all requests, including waiting ones, and rejects later ones. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}

const destroyedError = (): Error =>
  Object.assign(new Error("the client was closed"), { code: "UND_ERR_DESTROYED" });

/** The controller of a request that never began; the SDK's handler does not use it. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController;

type PooledRequest = readonly [Dispatcher.DispatchOptions, PooledHandler];

/** A request that waits for a connection, with the async context of its call. */
interface WaitingRequest {
  readonly request: PooledRequest;
  readonly context: AsyncResource;
}

/**
 * The connections to one origin. A server closes a connection that was idle for some seconds. If a request is sent at that
 * moment, it fails without evidence of whether it arrived. A read is then repeated, but a create cannot be. So a create uses
 * only a connection whose idle time is shorter than that of any connection that this origin has closed.
 */
class OriginPool {
  readonly #open: (events: ConnectionEvents) => Dispatcher;
  readonly #maxConnections: number;
  readonly #connections = new Set<PooledConnection>();
  /** The idle connections; the last item was used last. */
  readonly #idle: PooledConnection[] = [];
  #waiting = new Queue<WaitingRequest>();
  /** The number of requests that may still be queued before aborted ones are removed. */
  #untilPurge = MAX_ABORTED;
  #shortestIdle: { readonly ms: number; readonly seenAtMs: number } | undefined;

  constructor(open: (events: ConnectionEvents) => Dispatcher, maxConnections: number) {
    this.#open = open;
    this.#maxConnections = maxConnections;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: PooledHandler): void {
    // Waiting requests come first; they start as soon as undici has released a free connection.
    if (this.#waiting.isEmpty) this.#start([options, handler]);
    else this.#enqueue([options, handler]);
  }

  async destroy(): Promise<void> {
    const reason = destroyedError();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      next.request[1].onResponseError?.(NO_CONTROLLER, reason);
    }
    await Promise.all([...this.#connections].map((connection) => connection.destroy(reason)));
  }

  /** Returns the longest idle time of a connection that a create may use. */
  limitMs(hintMs: number | undefined): number {
    const limitMs = hintMs === undefined ? ASSUMED_LIMIT_MS : withMargin(hintMs);
    const seen = this.#shortestIdle;
    if (seen === undefined) return limitMs;
    if (monotonicMs() - seen.seenAtMs < MEMORY_MS) return Math.min(limitMs, withMargin(seen.ms));
    this.#shortestIdle = undefined;
    return limitMs;
  }

  /** Records that the server closed, or did not respond on, a connection that was idle for this time. */
  learn(idleMs: number): void {
    const seen = this.#shortestIdle;
    if (seen !== undefined && seen.ms < idleMs && monotonicMs() - seen.seenAtMs < MEMORY_MS) return;
    this.#shortestIdle = { ms: idleMs, seenAtMs: monotonicMs() };
  }

  /** Keeps a free connection, and serves waiting requests with it. */
  release(connection: PooledConnection): void {
    this.#idle.push(connection);
    // Asynchronous: undici calls this while it processes its client's queue, and asserts that nothing is added to it.
    if (!this.#waiting.isEmpty) queueMicrotask(this.#serve);
  }

  readonly #serve = (): void => {
    while (this.#idle.length > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { request, context } = next;
      // undici would close the connection of a request that was aborted before it began.
      if (request[1].isOver) continue;
      // undici's instrumentations use the context in which undici gets a request: here it is that of the call that has ended.
      context.runInAsyncScope(() => this.#start(request));
    }
  };

  #start(request: PooledRequest): void {
    const connection = READS.has(request[0].method) ? this.#forRead() : this.#forCreate();
    if (connection === undefined) this.#enqueue(request);
    else connection.dispatch(...request);
  }

  /** Queues a request. Aborted requests keep their bodies in memory, so they are removed when they may be as many as the others. */
  #enqueue(request: PooledRequest): void {
    this.#waiting.push({ request, context: new AsyncResource("HEIDI_REQUEST") });
    this.#untilPurge -= 1;
    if (this.#untilPurge > 0) return;
    const all = this.#waiting;
    this.#waiting = new Queue();
    let kept = 0;
    for (let next = all.shift(); next; next = all.shift()) {
      if (next.request[1].isOver) continue;
      this.#waiting.push(next);
      kept += 1;
    }
    this.#untilPurge = Math.max(MAX_ABORTED, kept);
  }

  /** Returns the connection used last, so that unused ones reach their idle limit and close. */
  #forRead(): PooledConnection | undefined {
    return this.#takeIdle((one) => one.isConnected) ?? this.#idle.pop() ?? this.#add();
  }

  #forCreate(): PooledConnection | undefined {
    const fresh =
      this.#takeIdle((one) => one.isConnected && one.idleMs <= this.limitMs(one.hintMs)) ??
      this.#takeIdle((one) => !one.isConnected);
    if (fresh) return fresh;
    // All idle connections have been idle for too long. One is replaced, so that the number of connections does not grow.
    const old = this.#idle.pop();
    if (old === undefined) return this.#add();
    old.renew();
    return old;
  }

  #takeIdle(matches: (connection: PooledConnection) => boolean): PooledConnection | undefined {
    const index = this.#idle.findLastIndex(matches);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0];
  }

  #add(): PooledConnection | undefined {
    if (this.#connections.size >= this.#maxConnections) return undefined;
    const connection = new PooledConnection(this, this.#open);
    this.#connections.add(connection);
    return connection;
  }
}

const withMargin = (limitMs: number): number => limitMs - Math.min(MARGIN_MS, limitMs / 2);

/** A connection that is replaced when it ends, and the handler of the one request on it. */
class PooledConnection implements Dispatcher.DispatchHandler {
  isConnected = false;
  /** The idle limit in the `Keep-Alive` header of the server's last response. */
  hintMs: number | undefined;
  readonly #pool: OriginPool;
  readonly #open: (events: ConnectionEvents) => Dispatcher;
  #client: Dispatcher | undefined;
  #handler: Dispatcher.DispatchHandler | undefined;
  /** The start of the idle time: the end of the last request, or the creation of the connection. */
  #idleSinceMs = 0;
  /** The idle time before the request in progress; undefined after the first bytes of its response. */
  #idleBeforeMs: number | undefined;
  /** True when the last request failed and ended the connection: its end is not evidence of an idle limit. */
  #hasFailed = false;

  constructor(pool: OriginPool, open: (events: ConnectionEvents) => Dispatcher) {
    this.#pool = pool;
    this.#open = open;
  }

  get idleMs(): number {
    return monotonicMs() - this.#idleSinceMs;
  }

  /** Closes the idle connection; the next request opens a new one. */
  renew(): void {
    void this.destroy();
    this.#client = undefined;
    this.isConnected = false;
    this.hintMs = undefined;
  }

  async destroy(reason?: Error): Promise<void> {
    await this.#client?.destroy(reason ?? null);
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#handler = handler;
    this.#idleBeforeMs = this.isConnected ? this.idleMs : undefined;
    try {
      this.#client ??= this.#begin();
      this.#client.dispatch(options, this);
    } catch (error) {
      this.onResponseError(NO_CONTROLLER, isError(error) ? error : new Error("not dispatched"));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler?.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(...args: Parameters<NonNullable<Dispatcher.DispatchHandler["onRequestUpgrade"]>>): void {
    this.#handler?.onRequestUpgrade?.(...args);
    this.#free();
  }

  onResponseStart(...args: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>): void {
    const [, status, headers] = args;
    this.#idleBeforeMs = undefined;
    if (status >= 200) this.hintMs = hintOf(headers["keep-alive"]);
    this.#handler?.onResponseStart?.(...args);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler?.onResponseData?.(controller, chunk);
  }

  onResponseEnd(...args: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseEnd"]>>): void {
    const handler = this.#free();
    handler?.onResponseEnd?.(...args);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const idleMs = this.#idleBeforeMs ?? 0;
    if (idleMs >= SHORTEST_LIMIT_MS && isByServer(error)) this.#pool.learn(idleMs);
    // After some connection failures, such as ERR_TLS_CERT_ALTNAME_INVALID, undici's client accepts no further requests.
    if (!this.isConnected) this.renew();
    const handler = this.#free(true);
    handler?.onResponseError?.(controller, error);
  }

  #free(hasFailed = false): Dispatcher.DispatchHandler | undefined {
    const handler = this.#handler;
    if (handler === undefined) return undefined;
    this.#handler = undefined;
    this.#idleBeforeMs = undefined;
    this.#hasFailed = hasFailed;
    this.#idleSinceMs = monotonicMs();
    this.#pool.release(this);
    return handler;
  }

  #begin(): Dispatcher {
    const client: Dispatcher = this.#open({
      onConnect: () => {
        if (client !== this.#client) return;
        this.isConnected = true;
        this.#idleBeforeMs = undefined;
        this.#idleSinceMs = monotonicMs();
      },
      onDisconnect: (error) => {
        if (client !== this.#client) return;
        this.isConnected = false;
        if (this.#handler !== undefined) return; // a request that has not begun uses a new connection
        if (isByServer(error) && !this.#hasFailed) this.#pool.learn(this.idleMs);
        // Otherwise undici would reconnect for an aborted request.
        this.renew();
      },
    });
    return client;
  }
}

/** Returns true if the server or the network ended the connection; undici's own reasons have other codes. */
function isByServer(error: Error): boolean {
  const code: unknown = Reflect.get(error, "code");
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function hintOf(header: string | string[] | undefined): number | undefined {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*(\d{1,6})/i.exec(String(header ?? ""))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
