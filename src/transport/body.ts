/** How a sender wants the chunks of a body. */
export interface OpenOptions {
  /**
   * The sender has written a chunk out, to its last byte, before it asks for the next one; chunks may then share memory.
   * Off by default: any queue between the body and the socket would be overwritten.
   */
  readonly recycle?: boolean;
}

/** The content of a request that can be produced again for every attempt. */
export interface RequestBody {
  readonly contentType: string;
  /** Exact size, or undefined when a stream does not tell. */
  readonly sizeBytes: number | undefined;
  /** False for a one-shot stream: such a request is never repeated once its body was opened. */
  readonly replayable: boolean;
  /** Called once per attempt. An iterable is always run to its end or `return()`ed by whoever sends it. */
  open(options?: OpenOptions): string | Uint8Array | AsyncIterable<Uint8Array>;
  /** The same content as a Blob, where that needs no memory: browsers can send that with its length. */
  blob?(): Blob | undefined;
  /** Called when the call is over, sent or not: lets go of the caller's stream. Idempotent, never throws. */
  release?(): void;
}
