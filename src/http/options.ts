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
