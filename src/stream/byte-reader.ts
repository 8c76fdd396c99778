/**
 * How the end of a stream's answer is known. HTTP speaks for one hop only: a proxy can end its own answer properly although
 * the server behind it was cut off, so `length` and `chunked` exclude a cut between this process and the nearest hop.
 *
 * - `length`: by its `Content-Length`.
 * - `chunked`: by the last chunk of a chunked answer.
 * - `marked`: by the content itself, `data: [DONE]` or the end of a compressed body.
 * - `close`: by nothing but the end of the connection, which looks the same after a crash of the server.
 * - `unknown`: the platform's `fetch` does not tell, as in browsers and over HTTP/2.
 */
export type StreamFraming = "length" | "chunked" | "marked" | "close" | "unknown";

/** Takes what a reader brings. Neither method may throw: they run inside the reader. */
export interface ChunkSink {
  /** The next chunk, or undefined at the end. */
  onChunk(chunk: Uint8Array | undefined): void;
  /** Called instead of `onChunk` when reading failed. */
  onFault(error: unknown): void;
}

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
  /**
   * What `read()` does, without a promise: calls one method of the sink, once, and maybe before it returns. Optional;
   * with chunks of a few bytes, as a stream of short items has them, promises are most of the cost.
   */
  pull?(sink: ChunkSink): void;
  /** Closes the connection if the body is not at its end; idempotent, never throws. */
  cancel(): void;
  /**
   * Told by the decoder, at most once per chunk, that the chunk held content: bytes of an object or of a `data:` line, not
   * just heartbeats (blank lines, comments, other fields). A reader that limits idle time adds up the time its `read()`
   * calls are pending since the last `onData()`: heartbeats do not reset it, and a slow consumer does not run it down.
   */
  onData?(): void;
}

/** Asks any reader for its next chunk in the cheapest way that it has. */
export function pullFrom(reader: ByteReader, sink: ChunkSink): void {
  if (reader.pull !== undefined) {
    reader.pull(sink);
    return;
  }
  let chunk: Promise<Uint8Array | undefined>;
  try {
    chunk = reader.read();
  } catch (error) {
    sink.onFault(error);
    return;
  }
  chunk.then(
    (value) => sink.onChunk(value),
    (error: unknown) => sink.onFault(error),
  );
}

/** `read()` for a reader that has `pull`. */
export const readFrom = (reader: Required<Pick<ByteReader, "pull">>): Promise<Uint8Array | undefined> =>
  new Promise((onChunk, onFault) => reader.pull({ onChunk, onFault }));
