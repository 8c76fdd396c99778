import { serverUrl } from "../generated/server.ts";
import type { TokenLock } from "./auth/lock.ts";
import type { TokenStore } from "./auth/store.ts";
import { HeidiConfigurationError } from "./errors.ts";
import { checkHeaders } from "./http/headers.ts";
import type { HttpClient } from "./http/http-client.ts";
import type { Middleware } from "./http/middleware.ts";
import type { HeidiDialect } from "./http/operation.ts";
import type { ClientSettings } from "./http/settings.ts";
import { LOG_LEVELS, Log, type Logger, type LogLevel } from "./log.ts";
import { environment, isPublic } from "./platform.ts";
import type { Telemetry } from "./telemetry.ts";
import { checkCount, checkMs, MAX_RETRIES, type ThrowInvalid } from "./utils/validate.ts";

/** The regions of Heidi's production API; an API key belongs to one region. */
export type HeidiRegion = "au" | "us" | "ca" | "eu" | "uk";

const REGIONS: readonly string[] = ["au", "us", "ca", "eu", "uk"] satisfies readonly HeidiRegion[];

/** The options of every client; all have defaults. */
export interface ClientOptions {
  /**
   * The base URL of the API. Default: the environment variable HEIDI_BASE_URL, then `region`, then the server of the bundled
   * spec. `https:`, or `http:` on loopback.
   */
  readonly baseUrl?: string | undefined;
  /**
   * The production region, used without `baseUrl`. Default: the environment variable HEIDI_REGION. An error if
   * HEIDI_BASE_URL is a different address.
   */
  readonly region?: HeidiRegion | undefined;
  /**
   * The request format of the deployment, where two descriptions of the API disagree: the bundled spec (`"spec"`) or the
   * public documentation (`"documented"`). With `"auto"`, `*.heidihealth.com` first gets the documented format and any
   * other address the spec's. If a 422 names a field of the other format, the client sends the call once more in that
   * format and remembers the format. A call rejected with 422 had no effect, so nothing is done twice; a stream that can be
   * read only once is never sent again. Default: `HEIDI_DIALECT`, then `"auto"`.
   */
  readonly dialect?: HeidiDialect | undefined;
  /**
   * The time limit of one attempt in milliseconds; for uploads and streams, the longest time without progress. Default
   * 60,000; 600,000 for calls during which the server transcribes or writes, and for uploads: a file counts as sent once
   * the operating system has buffered it, which can hide minutes on a slow connection. The platform's fetch (browsers,
   * workers) reports no progress for a file in memory, so there an upload has one more second for every 16 KB.
   */
  readonly timeoutMs?: number | undefined;
  /** The time limit of a whole call in milliseconds, including retries and waiting. Default: no limit. */
  readonly totalTimeoutMs?: number | undefined;
  /** The maximum number of retries after a failed attempt, where a retry is safe. 0 to 10. Default 2. */
  readonly maxRetries?: number | undefined;
  /** Additional headers for every request. They cannot override authentication and framing. */
  readonly headers?:
    | Readonly<Record<string, string | null | undefined>>
    | Iterable<readonly [string, string | null | undefined]>
    | undefined;
  /** Functions that wrap every attempt; the first is the outermost. */
  readonly middleware?: readonly Middleware[] | undefined;
  /** A function that replaces the SDK's HTTP client: a proxying or instrumented fetch, or a test double. */
  readonly fetch?: ((input: string, init: RequestInit) => Promise<Response>) | undefined;
  /** An HTTP client, such as `nodeHttpClient({ proxy: "env" })` of `heidi-health-sdk/node`. Not together with `fetch`. */
  readonly httpClient?: HttpClient | undefined;
  /** The receiver of log lines, which contain no secrets and no patient data. Default: `console`. */
  readonly logger?: Partial<Logger> | undefined;
  /** The log level. Default `"off"`. */
  readonly logLevel?: LogLevel | undefined;
  /**
   * The receiver of spans and metrics, which contain no secrets and no patient data: `openTelemetry()` of
   * `heidi-health-sdk/opentelemetry`. Default: none.
   */
  readonly telemetry?: Telemetry | undefined;
  /** The maximum number of open connections per origin, in Node. Default 64. */
  readonly maxConnections?: number | undefined;
  /**
   * A function that receives a promise which must settle before the platform ends the current request's work: `waitUntil`
   * of `cloudflare:workers` or `@vercel/functions`. With it, the client renews tokens in the background on edge runtimes too;
   * without it, a call renews a token there only when the renewal is due.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
}

/** The options of `new Heidi(…)`. */
export interface HeidiOptions extends ClientOptions {
  /** The tenant's API key. Default: `HEIDI_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** A token cache shared by processes: any object with `get`, `set` and `delete`, such as a `Keyv`. */
  readonly tokenStore?: TokenStore | undefined;
  /**
   * Allows a client with an API key in a browser, where every visitor of the page can read the key. Default false: pass a
   * token from your server to `Heidi.withToken` instead. For tests with a key that is not secret, such as the sandbox's.
   */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
  /** A lock with which one process exchanges a token while the others wait for it in the `tokenStore`. */
  readonly tokenLock?: TokenLock | undefined;
}

/** The client options after validation, with defaults. */
export interface ResolvedOptions extends Omit<ClientSettings, "random" | "nowMs" | "inFlight"> {
  /** The region from the option or the environment. */
  readonly region: HeidiRegion | undefined;
  readonly waitUntil: ClientOptions["waitUntil"];
}

const throwInvalidOption: ThrowInvalid = (_, message) => {
  throw new HeidiConfigurationError(message);
};

/** Checks the options of a client; throws `HeidiConfigurationError` without quoting a value. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  if (typeof options !== "object" || options === null)
    throwInvalidOption("options", "The client's options must be an object.");
  const { middleware = [], fetch, httpClient, logger = console, logLevel = "off", waitUntil } = options;
  if (!Array.isArray(middleware) || middleware.some((layer) => typeof layer !== "function")) {
    throwInvalidOption("middleware", "The option `middleware` must be an array of functions.");
  }
  if (fetch !== undefined && typeof fetch !== "function")
    throwInvalidOption("fetch", "The option `fetch` must be a function.");
  if (waitUntil !== undefined && typeof waitUntil !== "function")
    throwInvalidOption("waitUntil", "The option `waitUntil` must be a function.");
  if (httpClient !== undefined && (fetch !== undefined || typeof httpClient?.start !== "function")) {
    throwInvalidOption(
      "httpClient",
      "The option `httpClient` must be the result of `nodeHttpClient()` and cannot be combined with `fetch`.",
    );
  }
  if (typeof logger !== "object" || logger === null) {
    throwInvalidOption("logger", "The option `logger` must be an object with debug, info, warn and error.");
  }
  if (!LOG_LEVELS.includes(logLevel))
    throwInvalidOption("logLevel", `The option \`logLevel\` must be one of ${LOG_LEVELS.join(", ")}.`);
  checkMethods(options, "tokenStore", ["get", "set", "delete"]);
  checkMethods(options, "tokenLock", ["acquire"]);
  checkMethods(options, "telemetry", ["startCall", "startWorkflow"]);
  return {
    ...resolveAddress(options),
    dialect: resolveDialect(options.dialect),
    timeoutMs: checkMs("timeoutMs", options.timeoutMs, throwInvalidOption),
    totalTimeoutMs: checkMs("totalTimeoutMs", options.totalTimeoutMs, throwInvalidOption),
    maxRetries:
      checkCount("maxRetries", options.maxRetries, { min: 0, max: MAX_RETRIES }, throwInvalidOption) ?? 2,
    headers: checkHeaders(options.headers, throwInvalidOption),
    middleware: [...middleware],
    log: new Log(logger, logLevel),
    telemetry: options.telemetry,
    fetch,
    httpClient,
    maxConnections: checkCount(
      "maxConnections",
      options.maxConnections,
      { min: 1, max: 10_000 },
      throwInvalidOption,
    ),
    waitUntil,
  };
}

/** Throws for an object without its methods: later, a failing store silently falls back to memory. */
function checkMethods(
  options: HeidiOptions,
  name: "tokenStore" | "tokenLock" | "telemetry",
  methods: string[],
): void {
  const value: unknown = options[name];
  if (value === undefined) return;
  const holder = typeof value === "object" && value !== null ? value : {};
  if (methods.every((method) => typeof Reflect.get(holder, method) === "function")) return;
  throwInvalidOption(name, `The option \`${name}\` must be an object with ${methods.join(", ")}.`);
}

/**
 * Rejects an API key in a browser, where every visitor can read it.
 *
 * @throws HeidiConfigurationError in a browser, unless the option allows it.
 */
export function checkEnvironment({ dangerouslyAllowBrowser }: HeidiOptions): void {
  if (dangerouslyAllowBrowser !== undefined && typeof dangerouslyAllowBrowser !== "boolean")
    throwInvalidOption(
      "dangerouslyAllowBrowser",
      "The option `dangerouslyAllowBrowser` must be true or false.",
    );
  if (dangerouslyAllowBrowser || !isPublic()) return;
  throw new HeidiConfigurationError(
    "This looks like a browser, where every visitor of the page can read the API key and, with it, the data of every patient. Keep the key on your server, let the server issue tokens, and use `Heidi.withToken` here. If the key is not secret, as in a test against the sandbox, pass `dangerouslyAllowBrowser: true`.",
  );
}

/**
 * Returns the API key from the options or the environment. The environment's value loses the line break that files and
 * secrets managers append. In the option, any line break is an error, because it shows a key that was pasted wrong.
 */
export function resolveApiKey(apiKey: unknown): string {
  const key = apiKey === undefined ? environment("HEIDI_API_KEY") : apiKey;
  if (key === undefined) {
    throw new HeidiConfigurationError(
      "There is no API key: pass `apiKey`, or set the environment variable HEIDI_API_KEY.",
    );
  }
  if (typeof key !== "string" || !/^[ \t]*[\x21-\x7e]+[ \t]*$/.test(key)) {
    throw new HeidiConfigurationError(
      `${source("apiKey", apiKey, "HEIDI_API_KEY")} must be the key as Heidi issued it: one line of visible ASCII characters, without a line break at its end. It is not shown here.`,
    );
  }
  return key.trim();
}

/** Names the source of an invalid value: the option or the environment variable. */
const source = (option: string, value: unknown, variable: string): string =>
  value === undefined ? `The environment variable ${variable}` : `The option \`${option}\``;

const DIALECTS: readonly unknown[] = ["auto", "documented", "spec"] satisfies readonly HeidiDialect[];

function resolveDialect(dialect: unknown): HeidiDialect {
  const given = dialect === undefined ? (environment("HEIDI_DIALECT") ?? "auto") : dialect;
  if (!DIALECTS.includes(given))
    throwInvalidOption(
      "dialect",
      `${source("dialect", dialect, "HEIDI_DIALECT")} must be one of ${DIALECTS.join(", ")}.`,
    );
  return given as HeidiDialect;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const isRegion = (value: unknown): value is HeidiRegion => REGIONS.some((region) => region === value);

const regionalUrl = (region: HeidiRegion): string =>
  `https://${region}.api.heidihealth.com/api/v2/ml-scribe/open-api`;

/** Resolves the address: an option takes precedence over the environment, and `baseUrl` over `region`. */
function resolveAddress(options: ClientOptions): Pick<ResolvedOptions, "baseUrl" | "region"> {
  const given: unknown = options.region;
  const variable = environment("HEIDI_REGION");
  if (given !== undefined && !isRegion(given)) {
    throwInvalidOption("region", `The option \`region\` must be one of ${REGIONS.join(", ")}.`);
  }
  const region = given ?? variable;
  const address: unknown = options.baseUrl === undefined ? environment("HEIDI_BASE_URL") : options.baseUrl;
  if (address !== undefined) {
    const baseUrl = checkBaseUrl(options.baseUrl, address);
    if (options.baseUrl === undefined && isRegion(given) && baseUrl !== regionalUrl(given)) {
      throwInvalidOption(
        "region",
        "The option `region` conflicts with the environment variable HEIDI_BASE_URL. Unset HEIDI_BASE_URL, or pass `baseUrl` instead of `region`.",
      );
    }
    return { baseUrl, region: isRegion(region) ? region : undefined };
  }
  if (region === undefined) return { baseUrl: checkBaseUrl(undefined, serverUrl), region };
  if (!isRegion(region)) {
    return throwInvalidOption(
      "region",
      `The environment variable HEIDI_REGION must be one of ${REGIONS.join(", ")}.`,
    );
  }
  return { baseUrl: regionalUrl(region), region };
}

function checkBaseUrl(baseUrl: unknown, given: unknown): string {
  const bad = (why: string): never =>
    throwInvalidOption("baseUrl", `${source("baseUrl", baseUrl, "HEIDI_BASE_URL")} ${why}.`);
  let url: URL | undefined;
  try {
    url = typeof given === "string" ? new URL(given.trim()) : undefined;
  } catch {
    url = undefined; // its message would quote the value
  }
  if (!url) return bad("must be a complete URL, such as https://host/path");
  if (url.username || url.password) bad("must not contain a user name or password");
  if (url.search || url.hash) bad("must not contain a query or a fragment");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    bad(
      "must begin with https:// (http:// only for a loopback address), because requests contain patient data",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/{2,}/g, "/")}`;
}
