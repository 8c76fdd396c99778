import { type HeidiError, HeidiStreamError } from "../errors.ts";
import { type ByteReader, type ChunkSink, pullFrom, readFrom } from "../stream/byte-reader.ts";
import { IdleTimer, type RequestSignal } from "./signal.ts";

/** What a handed-over body needs from the attempt that fetched it. */
export interface ReaderOptions {
  /** Milliseconds that a reader waits for data. */
  readonly timeoutMs: number;
  /** True when every chunk is data; false when a decoder says, through `onData`, what is data and what a heartbeat. */
  readonly everyChunkCounts: boolean;
  /** Closes the connection and makes its pending read fail with that error. */
  readonly abort: (error: HeidiError) => void;
  /** Turns the platform's raw error into one of ours. */
  readonly explain: (error: unknown) => HeidiError;
}

/**
 * A body handed to the caller: ended by the guard, by a stall, or by its reader. Lives as long as the body; its timer
 * only runs while a chunk is awaited.
 */
export class AbortableReader implements ByteReader, ChunkSink {
  readonly #source: ByteReader;
  readonly #signal: RequestSignal;
  readonly #options: ReaderOptions;
  readonly #timer: IdleTimer;
  #sink: ChunkSink | undefined;
  #ended = false;

  constructor(source: ByteReader, guard: RequestSignal, options: ReaderOptions) {
    this.#source = source;
    this.#signal = guard;
    this.#options = options;
    this.#timer = new IdleTimer(options.timeoutMs, () => options.abort(stalledError(options.timeoutMs)));
    guard.watch((error) => {
      this.#timer.stop();
      options.abort(error);
    });
  }

  read(): Promise<Uint8Array | undefined> {
    return readFrom(this);
  }

  pull(sink: ChunkSink): void {
    const endedBy = this.#signal.endedBy;
    if (endedBy !== undefined) sink.onFault(endedBy);
    else if (this.#ended) sink.onChunk(undefined);
    else {
      this.#timer.start();
      this.#sink = sink;
      pullFrom(this.#source, this);
    }
  }

  /** Internal: the source's answer to `pull`. */
  onChunk(chunk: Uint8Array | undefined): void {
    this.#timer.pause();
    if (chunk === undefined) this.#end();
    else if (this.#options.everyChunkCounts) this.#timer.touch();
    this.#sink?.onChunk(chunk);
  }

  /** Internal: the source's answer to `pull`. */
  onFault(error: unknown): void {
    this.#end();
    this.#sink?.onFault(this.#options.explain(error));
  }

  onData(): void {
    this.#timer.touch();
  }

  cancel(): void {
    if (this.#ended) return;
    this.#end();
    this.#source.cancel();
  }

  #end(): void {
    this.#ended = true;
    this.#timer.stop();
    this.#signal.unwatch();
    this.#signal.release();
  }
}

function stalledError(timeoutMs: number): HeidiStreamError {
  const message = `No data came for timeoutMs (${timeoutMs} ms). Raise timeoutMs if the server pauses for longer.`;
  return new HeidiStreamError("stalled", message, { outcome: "processed" });
}
