/**
 * The way in which the end of a streamed response is detected. HTTP framing covers only one hop: a proxy can end its own
 * response properly although the connection to the server broke. So `length` and `chunked` rule out a truncation only
 * between this process and the nearest hop.
 *
 * - `length`: by its `Content-Length`.
 * - `chunked`: by the last chunk of a chunked response.
 * - `marked`: by the content itself, `data: [DONE]` or the end of a compressed body.
 * - `close`: only by the end of the connection, which is the same after a crash of the server.
 * - `unknown`: the platform's `fetch` does not report it, as in browsers and over HTTP/2.
 */
export type StreamFraming = "length" | "chunked" | "marked" | "close" | "unknown";

/** The receiver of a reader's chunks. Neither method may throw: they run inside the reader. */
export interface ChunkSink {
  /** The next chunk, or undefined at the end. */
  onChunk(chunk: Uint8Array | undefined): void;
  /** Called instead of `onChunk` when reading failed. */
  onFault(error: unknown): void;
}

/**
 * The body of a response, pulled chunk by chunk, with backpressure on the sender.
 * The owner of a reader must read it to its end (or an error), or cancel it.
 */
export interface ByteReader {
  /**
   * Returns the next chunk, or undefined at the end. Rejects with a HeidiError when the connection breaks, stalls or is aborted.
   * A chunk is not modified until the next `read()`, and never if `givesChunksAway`.
   */
  read(): Promise<Uint8Array | undefined>;
  /** The number of bytes that were read, where the reader counts them. */
  readonly receivedBytes?: number;
  /** True if the receiver owns each chunk, so that it can keep one without a copy. Default false. */
  readonly givesChunksAway?: boolean;
  /**
   * Does the same as `read()`, without a promise: calls one method of the sink once, possibly before it returns. Optional;
   * with chunks of a few bytes, as in a stream of short items, promises are most of the cost.
   */
  pull?(sink: ChunkSink): void;
  /** Closes the connection if the body is not at its end; idempotent, never throws. */
  cancel(): void;
  /**
   * Called by the decoder, at most once per chunk, when the chunk contains content: bytes of an object or of a `data:` line,
   * not just heartbeats (blank lines, comments, other fields). A reader that limits idle time adds up the time its `read()`
   * calls are pending since the last `onData()`: heartbeats do not reset it, and a slow consumer does not run it down.
   */
  onData?(): void;
}

/** Requests the next chunk from any reader in its cheapest way. */
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
