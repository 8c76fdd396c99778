/**
 * The body of a response, pulled chunk by chunk: the sender is held back while nobody reads.
 * Whoever takes a reader either reads it to its end (or an error), or cancels it.
 */
export interface ByteReader {
  /** The next chunk, or undefined at the end. Rejects with a HeidiError when the connection breaks, stalls or is aborted. */
  read(): Promise<Uint8Array | undefined>;
  /** Closes the connection if the body is not at its end; idempotent, never throws. */
  cancel(): void;
}
