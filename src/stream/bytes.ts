/**
 * The body of a response, pulled chunk by chunk: the sender is held back while nobody reads.
 * Whoever takes a reader either reads it to its end (or an error), or cancels it.
 */
export interface ByteReader {
  /**
   * The next chunk, or undefined at the end. Rejects with a HeidiError when the connection breaks, stalls or is aborted.
   * A chunk stays untouched until the following `read()`.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Closes the connection if the body is not at its end; idempotent, never throws. */
  cancel(): void;
  /**
   * Told by the decoder, at most once per chunk, that the chunk held content: bytes of an object or of a `data:` line, not
   * just heartbeats (blank lines, comments, other fields). A reader that limits idle time adds up the time its `read()`
   * calls are pending since the last `onData()`: heartbeats do not reset it, and a slow consumer does not run it down.
   */
  onData?(): void;
}
