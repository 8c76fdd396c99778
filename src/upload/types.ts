/** The options for opening a body. */
export interface OpenOptions {
  /**
   * True when the sender writes a chunk completely before it requests the next one; chunks may then share memory. Default
   * false: otherwise a queue between the body and the socket would be overwritten.
   */
  readonly recycle?: boolean;
}

/** The content of a request that can be produced again for every attempt. */
export interface RequestBody {
  readonly contentType: string;
  /** The exact size; undefined for a stream of unknown size. */
  readonly sizeBytes: number | undefined;
  /** False for a one-shot stream: such a request is never repeated after its body was opened. */
  readonly replayable: boolean;
  /** Called once per attempt. The sender always reads an iterable to its end or calls `return()`. */
  open(options?: OpenOptions): string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Returns the content as a Blob, if that needs no memory: browsers can send a Blob with its length. */
  blob?(): Blob | undefined;
  /** Called at the end of the call, sent or not: releases the caller's stream. Idempotent, never throws. */
  release?(): void;
}
