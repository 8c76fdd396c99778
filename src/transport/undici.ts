import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { buildConnector, Client, Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from "undici";
import { HeidiConfigurationError } from "../errors.ts";
import { UndiciExchange } from "./undici-exchange.ts";
import { type ConnectionEvents, ConnectionPools } from "./undici-pool.ts";
import { proxyConnector, readProxy, tunnelConnector } from "./undici-proxy.ts";
import { Taps } from "./undici-tap.ts";
import type { Wire, WireEvents, WireExchange, WireOptions, WireRequest } from "./wire.ts";

/** Longer than a client polls and shorter than common load balancers wait; a server's own `Keep-Alive` hint still wins. */
const KEEP_ALIVE_MS = 55_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 64;

/**
 * What can be said of TLS. That a certificate is checked is not among it. Written out, as Node's own type would ask every
 * project for @types/node.
 */
export interface TlsOptions {
  /** Authorities that are trusted, as PEM; in place of the platform's. */
  readonly ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /** The client's certificate, with its chain, as PEM. */
  readonly cert?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /** The certificate's private key, as PEM. */
  readonly key?:
    | string
    | Uint8Array
    | (string | Uint8Array | { readonly pem: string | Uint8Array; readonly passphrase?: string })[]
    | undefined;
  /** Opens the key. */
  readonly passphrase?: string | undefined;
  /** The name that the server's certificate must have. Default: the host's. */
  readonly servername?: string | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

/** A version of TLS, as Node names it. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** Options of the Node wire. */
export interface UndiciWireOptions extends WireOptions {
  readonly tls?: TlsOptions | undefined;
  /** `"env"`, or the address of a proxy. */
  readonly proxy?: string | undefined;
  readonly keepAliveMs?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
}

/** The wire on undici's own dispatcher, without the Request and Response classes that cost most of fetch's time. */
export function createWire(options: UndiciWireOptions = {}): Wire {
  return new UndiciWire(options);
}

class UndiciWire implements Wire {
  readonly #options: UndiciWireOptions;
  #dispatcher: ConnectionPools | undefined;
  #loading: Promise<ConnectionPools> | undefined;
  /** undici forgets a connection that is still being made: unless it is ended here, it holds a closed client's process. */
  readonly #connecting = new Set<Socket>();
  readonly #taps = new Taps();
  /** undici asks for the next chunk of a body when the socket has written the last one out; of a proxy's we do not know. */
  readonly #recycle: boolean;
  #closed = false;

  constructor(options: UndiciWireOptions) {
    this.#options = options;
    this.#recycle = options.proxy === undefined;
  }

  start(request: WireRequest, events: WireEvents): WireExchange {
    const exchange = new UndiciExchange(request, events, this.#taps);
    // Loaded on first use: importing the SDK must not cost what its first request does.
    if (this.#dispatcher) exchange.dispatch(this.#dispatcher, this.#recycle);
    else
      this.#load().then(
        (dispatcher) => exchange.dispatch(dispatcher, this.#recycle),
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

  #load(): Promise<ConnectionPools> {
    this.#loading ??= this.#create().then(
      (dispatcher) => {
        this.#dispatcher = dispatcher;
        if (this.#closed) void dispatcher.destroy();
        return dispatcher;
      },
      (error) => {
        this.#loading = undefined; // the next request tries again
        throw error;
      },
    );
    return this.#loading;
  }

  async #create(): Promise<ConnectionPools> {
    const { maxConnections, keepAliveMs, connectTimeoutMs, proxy } = this.#options;
    const tls = this.#options.tls as Pick<ConnectionOptions, keyof TlsOptions> | undefined; // Node takes bytes of any class
    const timeout = connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const { ClientClass, createConnector } = await loadClient();
    // The transport keeps time itself: undici's limits of 300 s would cut a transcript short.
    const limits = { keepAliveTimeout: keepAliveMs ?? KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 };
    const most = maxConnections ?? CONNECTIONS;
    const openClient = (
      origin: string | URL,
      connect: buildConnector.connector,
      events: ConnectionEvents,
    ): Client => {
      const client = new ClientClass(origin, { ...limits, connect: this.#tapped(connect) });
      client.on("connect", events.onConnect);
      client.on("disconnect", (_origin, _targets, error) => events.onDisconnect(error));
      return client;
    };
    const own = this.#tracked(createConnector({ ...tls, timeout }));
    if (proxy === undefined)
      return new ConnectionPools((origin, events) => openClient(origin, own, events), most);
    const { EnvProxyClass, ProxyClass, PoolClass } = await loadProxies();
    const clientFactory = (origin: URL, options: object): Dispatcher =>
      new PoolClass(origin, { ...options, connect: proxyConnector(connectorOf(options)) });
    const proxied = { clientFactory, connect: own, requestTls: { ...tls, timeout }, proxyTls: { timeout } };
    // One agent for each connection, for only the pool knows which connection may take a create.
    const openAgent = (events: ConnectionEvents): Dispatcher => {
      const factory = (origin: string | URL, options: object): Dispatcher => {
        // A tunnel is made by the proxy agent's own connector, which takes the place of ours.
        // With "env" some hosts are reached without the proxy, by our own.
        const connect = connectorOf(options);
        return openClient(origin, connect === own ? own : tunnelConnector(connect), events);
      };
      const settings = { ...proxied, factory };
      return proxy === "env" ? new EnvProxyClass(settings) : new ProxyClass({ ...settings, uri: proxy });
    };
    const open = (events: ConnectionEvents): Dispatcher => readProxy(proxy, () => openAgent(events));
    // An address that cannot be read is told at once, not with the first connection.
    open(UNHEARD);
    return new ConnectionPools((_, events) => open(events), most);
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

  #tapped(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) =>
      connect(options, (...result) => {
        const [, socket] = result;
        if (socket) this.#taps.add(socket);
        callback(...result);
      });
  }
}

interface ClientParts {
  readonly ClientClass: typeof Client;
  readonly createConnector: typeof buildConnector;
}

/**
 * Loads what a connection needs of undici.
 *
 * These are undici's private files on purpose: its index costs 90 ms and 18 MB at the first request, and takes the place
 * of the dispatcher that the whole process uses. A release of undici that moves or hides them costs that time, no more.
 *
 * @throws HeidiConfigurationError when there is no undici, as in a bundle without it.
 */
export async function loadClient(): Promise<ClientParts> {
  try {
    const ClientClass = exportOf(await import("undici/lib/dispatcher/client.js"));
    const createConnector = exportOf(await import("undici/lib/core/connect.js"));
    if (typeof ClientClass === "function" && typeof createConnector === "function")
      return { ClientClass, createConnector };
  } catch {
    // Below it either works, or fails with its reason.
  }
  const undici = await loadIndex();
  return { ClientClass: undici.Client, createConnector: undici.buildConnector };
}

/**
 * What a CommonJS file of one export holds. Node and most bundlers give a namespace, Parcel the export itself; Turbopack's
 * namespace of a function can be called, but not by `new`, so the default comes first.
 */
const exportOf = <T>(file: { readonly default: T }): T =>
  typeof file.default === "function" ? file.default : (file as unknown as T);

async function loadIndex(): Promise<typeof import("undici")> {
  // The index takes the place of the process's global dispatcher, unless Node's own fetch, which this loads, has it.
  void globalThis.Headers;
  try {
    const undici = await import("undici");
    if (typeof undici.Client === "function") return undici;
    throw new TypeError("the module has no Client");
  } catch (cause) {
    throw new HeidiConfigurationError(
      "The HTTP client undici could not be loaded, see `cause`; nothing was sent. A bundle for servers must leave " +
        "undici out (esbuild: `--external:undici`) and be deployed beside `node_modules/undici`.",
      { cause },
    );
  }
}

interface ProxyParts {
  readonly EnvProxyClass: typeof EnvHttpProxyAgent;
  readonly ProxyClass: typeof ProxyAgent;
  readonly PoolClass: typeof Pool;
}

/** What a proxy agent gives to the dispatchers that it has made. */
const connectorOf = (options: object): buildConnector.connector =>
  (options as { readonly connect: buildConnector.connector }).connect;

const UNHEARD: ConnectionEvents = { onConnect: () => undefined, onDisconnect: () => undefined };

/** Proxies need the whole of undici: they make their tunnels with its request methods, which only its index adds. */
async function loadProxies(): Promise<ProxyParts> {
  const undici = await loadIndex();
  return { EnvProxyClass: undici.EnvHttpProxyAgent, ProxyClass: undici.ProxyAgent, PoolClass: undici.Pool };
}
