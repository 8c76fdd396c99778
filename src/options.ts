import { serverUrl } from "../generated/server.ts";
import type { TokenLock } from "./auth/lock.ts";
import type { TokenStore } from "./auth/store.ts";
import { HeidiConfigurationError } from "./errors.ts";
import { checkHeaders } from "./http/headers.ts";
import type { HttpClient } from "./http/http-client.ts";
import type { Middleware } from "./http/middleware.ts";
import type { HeidiDialect } from "./http/operation.ts";
import { LOG_LEVELS, Log, type Logger, type LogLevel } from "./log.ts";
import { environment, isPublic } from "./platform.ts";
import { checkCount, checkMs, MAX_RETRIES, type ThrowInvalid } from "./utils/validate.ts";

/** Where Heidi's production API runs; an API key belongs to one region. */
export type HeidiRegion = "au" | "us" | "ca" | "eu" | "uk";

const REGIONS: readonly string[] = ["au", "us", "ca", "eu", "uk"] satisfies readonly HeidiRegion[];

/** Options of every client; all have defaults. */
export interface ClientOptions {
  /**
   * The API's address. Default: the environment variable HEIDI_BASE_URL, then `region`, then the server of the bundled
   * spec. `https:`, or `http:` on loopback.
   */
  readonly baseUrl?: string | undefined;
  /**
   * A production region, when there is no `baseUrl`. Default: the environment variable HEIDI_REGION. Refused beside a
   * HEIDI_BASE_URL that is another address.
   */
  readonly region?: HeidiRegion | undefined;
  /**
   * The form of requests that the deployment takes, where two descriptions of the API disagree: the bundled one
   * (`"spec"`) or the public documentation's (`"documented"`). With `"auto"`, the default, `*.heidihealth.com` gets the
   * documented form and any other address the spec's first; a call that is refused with a 422 naming a field of the other
   * form is sent once more in that form, and the client remembers it. A refused call did nothing, so nothing is done twice;
   * a stream that can be read only once is never sent again. Default: `HEIDI_DIALECT`, then `"auto"`.
   */
  readonly dialect?: HeidiDialect | undefined;
  /**
   * Milliseconds for one attempt; for uploads and streams, milliseconds without progress. Default 60,000, and 600,000
   * for calls during which the server transcribes or writes, and for uploads: a file counts as sent when the operating
   * system has taken it, which on a slow line hides minutes. Where the platform's fetch sends it (browsers, workers),
   * which tells nothing of a file in memory until it has arrived, an upload has a second more for every 16 KB.
   */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for a whole call, retries and waiting included. Default: no limit. */
  readonly totalTimeoutMs?: number | undefined;
  /** How often a failed attempt may be repeated, where repeating is safe. 0 to 10. Default 2. */
  readonly maxRetries?: number | undefined;
  /** More headers for every request. Authentication and framing cannot be overridden. */
  readonly headers?:
    | Readonly<Record<string, string | null | undefined>>
    | Iterable<readonly [string, string | null | undefined]>
    | undefined;
  /** Functions around every attempt, the first outermost. */
  readonly middleware?: readonly Middleware[] | undefined;
  /** Sends the requests instead of the SDK's own HTTP client: a proxying or instrumented fetch, or a test double. */
  readonly fetch?: ((input: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Connections of another kind, such as `nodeHttpClient({ proxy: "env" })` of `heidi-health-sdk/node`. Not beside `fetch`. */
  readonly httpClient?: HttpClient | undefined;
  /** Takes log lines; they hold no secret and nothing of a patient. Default: `console`. */
  readonly logger?: Partial<Logger> | undefined;
  /** Default `"off"`. */
  readonly logLevel?: LogLevel | undefined;
  /** Most connections at a time per origin, in Node. Default 64. */
  readonly maxConnections?: number | undefined;
  /**
   * Takes a promise that must settle before the platform ends the work of the current request: `waitUntil` of
   * `cloudflare:workers` or `@vercel/functions`. With it, tokens are renewed in the background on edge runtimes too; without it,
   * a call renews them there, when it is really due.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => unknown) | undefined;
}

/** Options of `new Heidi(…)`. */
export interface HeidiOptions extends ClientOptions {
  /** The tenant's API key. Default: `HEIDI_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** A cache of tokens shared by processes: anything with `get`, `set` and `delete`, such as a `Keyv`. */
  readonly tokenStore?: TokenStore | undefined;
  /**
   * Lets a client with an API key run in a browser, where everybody who opens the page can read the key. Default false: give
   * pages a token of your server instead, with `Heidi.withToken`. For tests with a key that is no secret, such as the sandbox's.
   */
  readonly dangerouslyAllowBrowser?: boolean | undefined;
  /** Lets one process of a fleet exchange a token while the others wait for it in the `tokenStore`. */
  readonly tokenLock?: TokenLock | undefined;
}

/** Client options, checked and complete. */
export interface ResolvedOptions {
  readonly baseUrl: string;
  /** The region that was asked for, by option or environment. */
  readonly region: HeidiRegion | undefined;
  readonly dialect: HeidiDialect;
  readonly timeoutMs: number | undefined;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly middleware: readonly Middleware[];
  readonly log: Log;
  readonly fetch: ClientOptions["fetch"];
  readonly httpClient: HttpClient | undefined;
  readonly maxConnections: number | undefined;
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
      "The option `httpClient` must be what `nodeHttpClient()` returns, and cannot stand beside `fetch`.",
    );
  }
  if (typeof logger !== "object" || logger === null) {
    throwInvalidOption("logger", "The option `logger` must be an object with debug, info, warn and error.");
  }
  if (!LOG_LEVELS.includes(logLevel))
    throwInvalidOption("logLevel", `The option \`logLevel\` must be one of ${LOG_LEVELS.join(", ")}.`);
  checkMethods(options, "tokenStore", ["get", "set", "delete"]);
  checkMethods(options, "tokenLock", ["acquire"]);
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

/** A broken store degrades to memory, so one that was never a store must be noticed here. */
function checkMethods(options: HeidiOptions, name: "tokenStore" | "tokenLock", methods: string[]): void {
  const value: unknown = options[name];
  if (value === undefined) return;
  const holder = typeof value === "object" && value !== null ? value : {};
  if (methods.every((method) => typeof Reflect.get(holder, method) === "function")) return;
  throwInvalidOption(name, `The option \`${name}\` must be an object with ${methods.join(", ")}.`);
}

/**
 * Refuses to hold an API key where every visitor can read it.
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
    "This looks like a browser, where an API key can be read by everybody who opens the page, and with it the data of every patient. Keep the key on your server, have it hand out tokens, and use `Heidi.withToken` here. Where the key is no secret, as in a test against the sandbox, pass `dangerouslyAllowBrowser: true`.",
  );
}

/**
 * The API key of the options or the environment. The environment's comes without the line break that files and secrets
 * managers append; in the option a line break is refused wherever it stands, as a sign of a key that was pasted wrong.
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

/** Where a refused value came from: whoever set a variable looks in vain for an option. */
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

/** What an option says counts more than the environment, and an address more than a region. */
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
        "The option `region` says one address and the environment variable HEIDI_BASE_URL another. Unset HEIDI_BASE_URL, or pass `baseUrl` instead of `region`.",
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
    bad("must begin with https:// (http:// only for a loopback address), for it carries patients' data");
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/{2,}/g, "/")}`;
}
