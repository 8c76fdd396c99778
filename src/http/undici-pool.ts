import type { Dispatcher } from "undici";
import { monotonicMs } from "../platform.ts";
import { Queue } from "../utils/queue.ts";
import { isError } from "../utils/values.ts";

/** How long an idle connection takes a create while nothing is known of the server: uvicorn's default of 5 s, with a margin. */
const ASSUMED_LIMIT_MS = 4_000;
/** The longest time that a create needs to reach the server, before which the server may close the connection. */
const MARGIN_MS = 1_000;
/**
 * A request that breaks on a connection that was idle for less time than this says nothing of the server's idle limit: no
 * server is configured with so short a one, but any server can fail while it works.
 */
const SHORTEST_LIMIT_MS = 500;
/** Aborted requests that may stay in the queue of those that wait. */
const MAX_ABORTED = 64;
/** A server that was restarted closed its connections early: what that taught is forgotten after a while. */
const MEMORY_MS = 600_000;
const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Hears of a connection's beginning and end. */
export interface ConnectionEvents {
  onConnect(): void;
  onDisconnect(error: Error): void;
}

/** The handler of a request that may be aborted before undici has it. */
export interface PooledHandler extends Dispatcher.DispatchHandler {
  readonly isOver: boolean;
}

/** Makes a dispatcher of undici that has one connection at a time. */
type OpenClient = (origin: string, events: ConnectionEvents) => Dispatcher;

/** The connections of one HTTP client. */
export class ConnectionPools {
  readonly #open: OpenClient;
  readonly #most: number;
  readonly #pools = new Map<string, OriginPool>();
  #isDestroyed = false;

  /** @param most - connections to one origin at a time. */
  constructor(open: OpenClient, most: number) {
    this.#open = open;
    this.#most = most;
  }

  dispatch(origin: string, options: Dispatcher.DispatchOptions, handler: PooledHandler): void {
    if (this.#isDestroyed) {
      handler.onResponseError?.(NO_CONTROLLER, destroyedError());
      return;
    }
    let pool = this.#pools.get(origin);
    if (pool === undefined) {
      pool = new OriginPool((events) => this.#open(origin, events), this.#most);
      this.#pools.set(origin, pool);
    }
    pool.dispatch(options, handler);
  }

  /** Ends all requests, those that wait included, and refuses later ones. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}

const destroyedError = (): Error =>
  Object.assign(new Error("the client was closed"), { code: "UND_ERR_DESTROYED" });

/** A request that never began has no controller; our handler does not use it. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController;

type PooledRequest = readonly [Dispatcher.DispatchOptions, PooledHandler];

/**
 * The connections to one origin. A server closes a connection that was idle for some seconds, and a request that is sent
 * at that moment is lost in a way that does not show whether it arrived. A read is repeated then; a create cannot be. So
 * a create only takes a connection that was idle for a shorter time than any that this origin was seen to close.
 */
class OriginPool {
  readonly #open: (events: ConnectionEvents) => Dispatcher;
  readonly #most: number;
  readonly #connections = new Set<PooledConnection>();
  /** The last one in it was used last. */
  readonly #idle: PooledConnection[] = [];
  #waiting = new Queue<PooledRequest>();
  /** After so many more have begun to wait, those that were aborted are dropped. */
  #untilPurge = MAX_ABORTED;
  #shortestLife: { readonly ms: number; readonly seenAtMs: number } | undefined;

  constructor(open: (events: ConnectionEvents) => Dispatcher, most: number) {
    this.#open = open;
    this.#most = most;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: PooledHandler): void {
    // Those that wait are served first, as soon as undici has let go of the connection that is free for them.
    if (this.#waiting.isEmpty) this.#start([options, handler]);
    else this.#enqueue([options, handler]);
  }

  async destroy(): Promise<void> {
    const reason = destroyedError();
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      next[1].onResponseError?.(NO_CONTROLLER, reason);
    }
    await Promise.all([...this.#connections].map((connection) => connection.destroy(reason)));
  }

  /** How long a connection may have been idle to take a create. */
  limitMs(hintMs: number | undefined): number {
    const limitMs = hintMs === undefined ? ASSUMED_LIMIT_MS : withMargin(hintMs);
    const seen = this.#shortestLife;
    if (seen === undefined) return limitMs;
    if (monotonicMs() - seen.seenAtMs < MEMORY_MS) return Math.min(limitMs, withMargin(seen.ms));
    this.#shortestLife = undefined;
    return limitMs;
  }

  /** The server closed a connection that was idle for so long, or did not answer on it. */
  learn(lifeMs: number): void {
    const seen = this.#shortestLife;
    if (seen !== undefined && seen.ms < lifeMs && monotonicMs() - seen.seenAtMs < MEMORY_MS) return;
    this.#shortestLife = { ms: lifeMs, seenAtMs: monotonicMs() };
  }

  /** The connection is free: it is kept, and serves the requests that wait. */
  release(connection: PooledConnection): void {
    this.#idle.push(connection);
    // Not at once: undici calls this while it works on the queue of its client, and asserts that nothing is added to it.
    if (!this.#waiting.isEmpty) queueMicrotask(this.#serve);
  }

  readonly #serve = (): void => {
    while (this.#idle.length > 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      // undici would close the connection of a request that was aborted before it began.
      if (!next[1].isOver) this.#start(next);
    }
  };

  #start(request: PooledRequest): void {
    const connection = READS.has(request[0].method) ? this.#forRead() : this.#forCreate();
    if (connection === undefined) this.#enqueue(request);
    else connection.dispatch(...request);
  }

  /** Aborted requests keep their bodies in memory: they are dropped once they are as many as the others. */
  #enqueue(request: PooledRequest): void {
    this.#waiting.push(request);
    this.#untilPurge -= 1;
    if (this.#untilPurge > 0) return;
    const all = this.#waiting;
    this.#waiting = new Queue();
    let kept = 0;
    for (let next = all.shift(); next; next = all.shift()) {
      if (next[1].isOver) continue;
      this.#waiting.push(next);
      kept += 1;
    }
    this.#untilPurge = Math.max(MAX_ABORTED, kept);
  }

  /** The connection used last: of those that are kept, the others end in time. */
  #forRead(): PooledConnection | undefined {
    return this.#takeIdle((one) => one.isConnected) ?? this.#idle.pop() ?? this.#add();
  }

  #forCreate(): PooledConnection | undefined {
    const fresh =
      this.#takeIdle((one) => one.isConnected && one.idleMs <= this.limitMs(one.hintMs)) ??
      this.#takeIdle((one) => !one.isConnected);
    if (fresh) return fresh;
    // All that are idle are so for too long. One makes room for the new one, so that their number does not grow.
    const old = this.#idle.pop();
    if (old === undefined) return this.#add();
    old.renew();
    return old;
  }

  #takeIdle(fits: (connection: PooledConnection) => boolean): PooledConnection | undefined {
    const index = this.#idle.findLastIndex(fits);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0];
  }

  #add(): PooledConnection | undefined {
    if (this.#connections.size >= this.#most) return undefined;
    const connection = new PooledConnection(this, this.#open);
    this.#connections.add(connection);
    return connection;
  }
}

const withMargin = (lifeMs: number): number => lifeMs - Math.min(MARGIN_MS, lifeMs / 2);

/** One connection at a time, and the handler of the one request on it. */
class PooledConnection implements Dispatcher.DispatchHandler {
  isConnected = false;
  /** What the server's last answer said of the life of an idle connection. */
  hintMs: number | undefined;
  readonly #pool: OriginPool;
  readonly #open: (events: ConnectionEvents) => Dispatcher;
  #client: Dispatcher | undefined;
  #handler: Dispatcher.DispatchHandler | undefined;
  /** Since when nothing was sent: the connection's own age until its first request. */
  #idleSinceMs = 0;
  /** How long the connection was idle before the request under way, of whose answer nothing has come. */
  #idleBeforeMs: number | undefined;
  /** The last request broke, and the connection with it: its end says nothing of idle ones. */
  #hasFailed = false;

  constructor(pool: OriginPool, open: (events: ConnectionEvents) => Dispatcher) {
    this.#pool = pool;
    this.#open = open;
  }

  get idleMs(): number {
    return monotonicMs() - this.#idleSinceMs;
  }

  /** Closes the connection, which is idle; the next request makes another one. */
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
    // After some failures to connect undici's client takes no further request, such as ERR_TLS_CERT_ALTNAME_INVALID.
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
        if (this.#handler !== undefined) return; // a request that was not begun goes on a new connection
        if (isByServer(error) && !this.#hasFailed) this.#pool.learn(this.idleMs);
        // undici would connect again for a request that was aborted.
        this.renew();
      },
    });
    return client;
  }
}

/** The server ended the connection, or the line did: undici's own reasons have codes of their own. */
function isByServer(error: Error): boolean {
  const code: unknown = Reflect.get(error, "code");
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function hintOf(header: string | string[] | undefined): number | undefined {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*(\d{1,6})/i.exec(String(header ?? ""))?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
