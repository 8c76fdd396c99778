import type { AccessTokenProvider } from "../auth/source.ts";
import type { Log } from "../log.ts";
import type { Fetch } from "./fetch.ts";
import type { Middleware } from "./middleware.ts";
import type { HeidiDialect } from "./operation.ts";
import type { RetryBudget } from "./retry.ts";
import type { InFlightRequests } from "./under-way.ts";
import type { HttpClient } from "./wire.ts";

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
