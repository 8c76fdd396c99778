import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { buildConnector, Client, Dispatcher, EnvHttpProxyAgent, Pool, ProxyAgent } from "undici";
import { HeidiConfigurationError } from "../errors.ts";
import type { HttpClient, HttpClientOptions, HttpEvents, HttpExchange, HttpRequest } from "./http-client.ts";
import { SocketRegistry } from "./undici-backpressure.ts";
import { UndiciExchange } from "./undici-exchange.ts";
import { type ConnectionEvents, ConnectionPools } from "./undici-pool.ts";
import { proxyConnector, readProxy, tunnelConnector } from "./undici-proxy.ts";

/** The default keep-alive time: longer than a poll interval, shorter than the idle timeout of common load balancers. A server's `Keep-Alive` hint takes precedence. */
const KEEP_ALIVE_MS = 55_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS = 64;

/**
 * The TLS options. Certificate verification cannot be disabled. A separate type, because Node's type would require @types/node
 * in every project.
 */
export interface TlsOptions {
  /** The trusted authorities as PEM, instead of the platform's. */
  readonly ca?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /** The client certificate with its chain, as PEM. */
  readonly cert?: string | Uint8Array | (string | Uint8Array)[] | undefined;
  /** The certificate's private key, as PEM. */
  readonly key?:
    | string
    | Uint8Array
    | (string | Uint8Array | { readonly pem: string | Uint8Array; readonly passphrase?: string })[]
    | undefined;
  /** The passphrase of the key. */
  readonly passphrase?: string | undefined;
  /** The name that the server's certificate must have. Default: the host's. */
  readonly servername?: string | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

/** A TLS version, as Node names it. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** Options of the Node HTTP client. */
export interface UndiciClientOptions extends HttpClientOptions {
  readonly tls?: TlsOptions | undefined;
  /** `"env"`, or the address of a proxy. */
  readonly proxy?: string | undefined;
  readonly keepAliveMs?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
}

/** Creates an HTTP client on undici's dispatcher, without the Request and Response classes that cost most of fetch's time. */
export function createUndiciClient(options: UndiciClientOptions = {}): HttpClient {
  return new UndiciHttpClient(options);
}

class UndiciHttpClient implements HttpClient {
  readonly #options: UndiciClientOptions;
  #dispatcher: ConnectionPools | undefined;
  #loading: Promise<ConnectionPools> | undefined;
  /** The connections that are being established. undici does not close them, so `close()` does: otherwise they keep the process alive. */
  readonly #connecting = new Set<Socket>();
  readonly #sockets = new SocketRegistry();
  /** True if chunks of a body may share memory: without a proxy, undici requests the next chunk after the socket wrote the last one. */
  readonly #recycle: boolean;
  #closed = false;

  constructor(options: UndiciClientOptions) {
    this.#options = options;
    this.#recycle = options.proxy === undefined;
  }

  start(request: HttpRequest, events: HttpEvents): HttpExchange {
    const exchange = new UndiciExchange(request, events, this.#sockets);
    // Loaded on first use, to keep the import of the SDK fast.
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
    const tls = this.#options.tls as Pick<ConnectionOptions, keyof TlsOptions> | undefined; // Node accepts bytes of any class
    const timeout = connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const { ClientClass, createConnector } = await loadClient();
    // The SDK has its own time limits: undici's limits of 300 s would abort a transcription.
    const limits = { keepAliveTimeout: keepAliveMs ?? KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 };
    const maximum = maxConnections ?? CONNECTIONS;
    const openClient = (
      origin: string | URL,
      connect: buildConnector.connector,
      events: ConnectionEvents,
    ): Client => {
      const client = new ClientClass(origin, { ...limits, connect: this.#withSocket(connect) });
      client.on("connect", events.onConnect);
      client.on("disconnect", (_origin, _targets, error) => events.onDisconnect(error));
      return client;
    };
    const own = this.#tracked(createConnector({ ...tls, timeout }));
    if (proxy === undefined)
      return new ConnectionPools((origin, events) => openClient(origin, own, events), maximum);
    const { EnvProxyClass, ProxyClass, PoolClass } = await loadProxies();
    const clientFactory = (origin: URL, options: object): Dispatcher =>
      new PoolClass(origin, { ...options, connect: proxyConnector(connectorOf(options)) });
    const proxied = { clientFactory, connect: own, requestTls: { ...tls, timeout }, proxyTls: { timeout } };
    // One agent for each connection, because only the pool knows which connection can take a create.
    const openAgent = (events: ConnectionEvents): Dispatcher => {
      const factory = (origin: string | URL, options: object): Dispatcher => {
        // The proxy agent's connector establishes tunnels and replaces ours.
        // With "env", connections to some hosts bypass the proxy and use our connector.
        const connect = connectorOf(options);
        return openClient(origin, connect === own ? own : tunnelConnector(connect), events);
      };
      const settings = { ...proxied, factory };
      return proxy === "env" ? new EnvProxyClass(settings) : new ProxyClass({ ...settings, uri: proxy });
    };
    const open = (events: ConnectionEvents): Dispatcher => readProxy(proxy, () => openAgent(events));
    // Reports an invalid address now, not with the first connection.
    open(NO_EVENTS);
    return new ConnectionPools((_, events) => open(events), maximum);
  }

  #tracked(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) => {
      // It returns the socket, but its type declaration omits this.
      const socket = connect(options, (...result) => {
        this.#connecting.delete(socket);
        callback(...result);
      }) as unknown as Socket;
      this.#connecting.add(socket);
      return socket;
    };
  }

  #withSocket(connect: buildConnector.connector): buildConnector.connector {
    return (options, callback) =>
      connect(options, (...result) => {
        const [, socket] = result;
        if (socket) this.#sockets.add(socket);
        callback(...result);
      });
  }
}

interface ClientParts {
  readonly ClientClass: typeof Client;
  readonly createConnector: typeof buildConnector;
}

/**
 * Loads the parts of undici that a connection needs.
 *
 * Loads undici's private files, because its index costs 90 ms and 18 MB at the first request, and replaces the global
 * dispatcher of the process. If a release of undici moves or hides these files, the index is loaded instead.
 *
 * @throws HeidiConfigurationError when undici is missing, as in a bundle without it.
 */
export async function loadClient(): Promise<ClientParts> {
  try {
    const ClientClass = exportOf(await import("undici/lib/dispatcher/client.js"));
    const createConnector = exportOf(await import("undici/lib/core/connect.js"));
    if (typeof ClientClass === "function" && typeof createConnector === "function")
      return { ClientClass, createConnector };
  } catch {
    // Load the index instead.
  }
  const undici = await loadIndex();
  return { ClientClass: undici.Client, createConnector: undici.buildConnector };
}

/**
 * Returns the export of a CommonJS file with one export. Node and most bundlers return a namespace, Parcel the export itself.
 * Turbopack's namespace of a function can be called but not used with `new`, so `default` takes precedence.
 */
const exportOf = <T>(file: { readonly default: T }): T =>
  typeof file.default === "function" ? file.default : (file as unknown as T);

async function loadIndex(): Promise<typeof import("undici")> {
  // Loads Node's own fetch first, which sets the process's global dispatcher; otherwise undici's index would set it.
  void globalThis.Headers;
  try {
    const undici = await import("undici");
    if (typeof undici.Client === "function") return undici;
    throw new TypeError("the module has no Client");
  } catch (cause) {
    throw new HeidiConfigurationError(
      "The HTTP client undici could not be loaded, see `cause`; nothing was sent. Exclude undici from a bundle for servers " +
        "(esbuild: `--external:undici`), and deploy `node_modules/undici` beside the bundle.",
      { cause },
    );
  }
}

interface ProxyParts {
  readonly EnvProxyClass: typeof EnvHttpProxyAgent;
  readonly ProxyClass: typeof ProxyAgent;
  readonly PoolClass: typeof Pool;
}

/** Returns the connector in the options that a proxy agent passes to its dispatchers. */
const connectorOf = (options: object): buildConnector.connector =>
  (options as { readonly connect: buildConnector.connector }).connect;

const NO_EVENTS: ConnectionEvents = { onConnect: () => undefined, onDisconnect: () => undefined };

/** Loads the classes for proxies. They need undici's index, because they establish tunnels with request methods that only the index adds. */
async function loadProxies(): Promise<ProxyParts> {
  const undici = await loadIndex();
  return { EnvProxyClass: undici.EnvHttpProxyAgent, ProxyClass: undici.ProxyAgent, PoolClass: undici.Pool };
}
