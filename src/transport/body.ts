/** The content of a request that can be produced again for every attempt. */
export interface RequestBody {
  readonly contentType: string;
  /** Exact size, or undefined when a stream does not tell. */
  readonly sizeBytes: number | undefined;
  /** False for a one-shot stream: such a request is never repeated once its body was opened. */
  readonly replayable: boolean;
  /** Called once per attempt. An iterable is always run to its end or `return()`ed by whoever sends it. */
  open(): string | Uint8Array | AsyncIterable<Uint8Array>;
  /** The same content as a Blob, where that needs no memory: browsers can send that with its length. */
  blob?(): Blob | undefined;
}
