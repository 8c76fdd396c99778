import type { AccessTokenProvider } from "../auth/access-token-provider.ts";
import type { Log } from "../log.ts";
import type { CallSpan, Telemetry } from "../telemetry.ts";
import type { RequestBody } from "../upload/types.ts";
import type { Fetch, HttpClient } from "./http-client.ts";
import type { Middleware, runMiddleware } from "./middleware.ts";
import type { Dialect, HeidiDialect, Operation } from "./operation.ts";
import type { UploadProgress } from "./options.ts";
import type { RetryBudget } from "./retry.ts";
import type { InFlightRequests, RequestSignal } from "./signal.ts";

/** The validated, complete options of one call, the same for each of its attempts. */
export interface FinalRequestOptions {
  readonly operation: Operation;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  /** The longest time without data from the source of a file. */
  readonly sourceTimeoutMs: number;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** The request format, if the operation has two and the client does not try the other one. */
  readonly dialect?: Dialect | undefined;
  readonly onProgress: ((progress: UploadProgress) => void) | undefined;
  /** The span of the call, if the client reports its calls. */
  readonly span?: CallSpan | undefined;
}

/** The treatment of a successful body: parsed whole, or passed unread to the caller or to a decoder. */
export type ParseAs = "parse" | "raw" | "stream";

/** The settings of a client at its creation. */
export interface ClientSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly dialect: HeidiDialect;
  /** The caller's HTTP client; without it, the first call creates one from the next settings. */
  readonly httpClient: HttpClient | undefined;
  readonly fetch: Fetch | undefined;
  readonly maxConnections: number | undefined;
  /** Set only by the caller; otherwise the operation's time class decides. */
  readonly timeoutMs: number | undefined;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  /** The validated headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly middleware: readonly Middleware[];
  readonly log: Log;
  readonly telemetry?: Telemetry | undefined;
  readonly random: () => number;
  readonly nowMs: () => number;
  /** The running calls. */
  readonly inFlight: InFlightRequests;
}

/** The settings that all calls of one client share. */
export interface SendSettings extends ClientSettings {
  readonly httpClient: HttpClient;
  readonly budget: RetryBudget;
  /** Loaded for a client with middleware; undefined without. */
  readonly runMiddleware: typeof runMiddleware | undefined;
}

/** The credentials of a call: the API key for the token exchange, a token for all other operations. */
export type Credentials =
  | { readonly kind: "bearer"; readonly tokens: AccessTokenProvider }
  | { readonly kind: "apiKey"; readonly header: string; readonly key: string };

/** A call that is ready to be sent. */
export interface PreparedRequest {
  readonly options: FinalRequestOptions;
  readonly requestSignal: RequestSignal;
  readonly params: { readonly path: Record<string, unknown>; readonly query: object };
  readonly body: RequestBody | undefined;
  /** Called when the headers of a successful response have arrived. */
  readonly parseAs: () => ParseAs;
}
