import type { AccessTokenProvider } from "../auth/access-token-provider.ts";
import type { Log } from "../log.ts";
import type { Fetch } from "./fetch-client.ts";
import type { HttpClient } from "./http-client.ts";
import type { Middleware } from "./middleware.ts";
import type { Dialect, HeidiDialect, Operation } from "./operation.ts";
import type { RetryBudget } from "./retry.ts";
import type { InFlightRequests } from "./signal.ts";

/** Options of one call; each overrides the client's option of the same name. */
export interface RequestOptions {
  /** Aborts the call, also while it waits between attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt; for uploads and streams, milliseconds without progress. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for the whole call, retries and waiting included. */
  readonly totalTimeoutMs?: number | undefined;
  /** How often a failed attempt may be repeated, where repeating is safe. */
  readonly maxRetries?: number | undefined;
  /** More request headers; `null` removes one that the client would send. Authentication cannot be overridden. */
  readonly headers?:
    | Readonly<Record<string, string | null | undefined>>
    | Iterable<readonly [string, string | null | undefined]>
    | undefined;
}

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes handed to the network so far in this attempt, framing included. */
  readonly sentBytes: number;
  /** All bytes of the request body; undefined when a stream's size is not known. */
  readonly totalBytes: number | undefined;
}

/** Options of a call that sends a file. */
export interface UploadOptions extends RequestOptions {
  /**
   * Called as bytes leave; a callback that throws never breaks the upload. In Node, Bun, Deno and Workers that is for each
   * chunk that the connection has taken. Browsers tell nothing on the way: there it is called once, when all has been sent.
   */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** Everything one call was asked with: checked, complete, the same for each of its attempts. */
export interface FinalRequestOptions {
  readonly operation: Operation;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  /** How long the source of a file may give nothing. */
  readonly sourceTimeoutMs: number;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** The form in which the request is sent, where it has two and the client does not try the other one by itself. */
  readonly dialect?: Dialect | undefined;
  readonly onProgress: ((progress: UploadProgress) => void) | undefined;
}

/** What becomes of a successful body: parsed whole, or handed unread to the caller or to a decoder. */
export type ParseAs = "parse" | "raw" | "stream";

/** What is known of a client when it is made. */
export interface ClientSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly dialect: HeidiDialect;
  /** Given by the caller; otherwise made from what follows when the first call is. */
  readonly httpClient: HttpClient | undefined;
  readonly fetch: Fetch | undefined;
  readonly maxConnections: number | undefined;
  /** Set only when the caller chose one; otherwise the operation's time class decides. */
  readonly timeoutMs: number | undefined;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  /** Checked; names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly middleware: readonly Middleware[];
  readonly log: Log;
  readonly random: () => number;
  readonly nowMs: () => number;
  /** The calls that are not over. */
  readonly inFlight: InFlightRequests;
}

/** What all calls of one client share. */
export interface SendSettings extends ClientSettings {
  readonly httpClient: HttpClient;
  readonly budget: RetryBudget;
}

/** Who asks. The API key goes to the token exchange only, a token to everything else. */
export type Credentials =
  | { readonly kind: "bearer"; readonly tokens: AccessTokenProvider }
  | { readonly kind: "apiKey"; readonly header: string; readonly key: string };
