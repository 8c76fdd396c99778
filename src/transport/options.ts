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
