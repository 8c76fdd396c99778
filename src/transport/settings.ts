import type { TokenSource } from "../auth/source.ts";
import type { Log } from "../log.ts";
import type { Middleware } from "./middleware.ts";
import type { RetryBudget } from "./retry.ts";
import type { UnderWay } from "./under-way.ts";
import type { Wire } from "./wire.ts";

/** What all calls of one client share. */
export interface TransportSettings {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly wire: Wire;
  /** Set only when the caller chose one; otherwise the operation's time class decides. */
  readonly timeoutMs: number | undefined;
  readonly totalTimeoutMs: number | undefined;
  readonly maxRetries: number;
  /** Checked; names in lower case. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly middleware: readonly Middleware[];
  readonly log: Log;
  readonly budget: RetryBudget;
  readonly random: () => number;
  readonly nowMs: () => number;
  /** The calls that are not over. */
  readonly underWay: UnderWay;
}

/** Who asks. The API key goes to the token exchange only, a token to everything else. */
export type Credentials =
  | { readonly kind: "bearer"; readonly tokens: TokenSource }
  | { readonly kind: "apiKey"; readonly header: string; readonly key: string };
