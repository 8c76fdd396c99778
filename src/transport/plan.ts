import type { Dialect, Operation } from "./operation.ts";
import type { UploadProgress } from "./options.ts";
import type { Credentials } from "./settings.ts";

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
