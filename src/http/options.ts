import type { AccessTokenProvider } from "../auth/access-token-provider.ts";
import type { Log } from "../log.ts";
import type { Fetch } from "./fetch-client.ts";
import type { HttpClient } from "./http-client.ts";
import type { Middleware } from "./middleware.ts";
import type { Dialect, HeidiDialect, Operation } from "./operation.ts";
import type { RetryBudget } from "./retry.ts";
import type { InFlightRequests } from "./signal.ts";

/** The options of one call; each overrides the client's option of the same name. */
export interface RequestOptions {
  /** A signal that aborts the call, also while it waits between attempts. */
  readonly signal?: AbortSignal | undefined;
  /** The time limit of one attempt in milliseconds; for uploads and streams, the longest time without progress. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** The time limit of the whole call in milliseconds, including retries and waiting. */
  readonly totalTimeoutMs?: number | undefined;
  /** The maximum number of retries after a failed attempt, where a retry is safe. */
  readonly maxRetries?: number | undefined;
  /** Additional request headers; `null` removes a header of the client. They cannot override authentication. */
  readonly headers?:
    | Readonly<Record<string, string | null | undefined>>
    | Iterable<readonly [string, string | null | undefined]>
    | undefined;
}

/** The progress of an upload. */
export interface UploadProgress {
  /** The bytes passed to the network so far in this attempt, including framing. */
  readonly sentBytes: number;
  /** The size of the request body in bytes; undefined for a stream of unknown size. */
  readonly totalBytes: number | undefined;
}

/** The options of a call that sends a file. */
export interface UploadOptions extends RequestOptions {
  /**
   * A callback for the upload's progress; an error in it never breaks the upload. Node, Bun, Deno and Workers call it for
   * each chunk that the connection accepted. Browsers report no progress: there it is called once, after the upload.
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

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
  readonly random: () => number;
  readonly nowMs: () => number;
  /** The running calls. */
  readonly inFlight: InFlightRequests;
}

/** The settings that all calls of one client share. */
export interface SendSettings extends ClientSettings {
  readonly httpClient: HttpClient;
  readonly budget: RetryBudget;
}

/** The credentials of a call: the API key for the token exchange, a token for all other operations. */
export type Credentials =
  | { readonly kind: "bearer"; readonly tokens: AccessTokenProvider }
  | { readonly kind: "apiKey"; readonly header: string; readonly key: string };
