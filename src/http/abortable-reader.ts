import { type HeidiError, HeidiStreamError } from "../errors.ts";
import { type ByteReader, type ChunkSink, pullFrom, readFrom } from "../stream/byte-reader.ts";
import { IdleTimer, type RequestSignal } from "./signal.ts";

/** The parts of an attempt that the reader of its response body uses. */
export interface ReaderOptions {
  /** The longest time in milliseconds that a read waits for data. */
  readonly timeoutMs: number;
  /** True when every chunk counts as data; false when a decoder calls `onData` for data, so that heartbeats do not count. */
  readonly everyChunkCounts: boolean;
  /** Closes the connection; the pending read fails with the error. */
  readonly abort: (error: HeidiError) => void;
  /** Converts the platform's raw error to an error of the SDK. */
  readonly explain: (error: unknown) => HeidiError;
}

/**
 * The reader of a response body that the caller or a decoder reads. It ends with the call's signal, after a stall, or when
 * it is cancelled. Its timer runs only while a read waits for a chunk.
 */
export class AbortableReader implements ByteReader, ChunkSink {
  receivedBytes = 0;
  readonly #source: ByteReader;
  readonly #signal: RequestSignal;
  readonly #options: ReaderOptions;
  readonly #timer: IdleTimer;
  #sink: ChunkSink | undefined;
  #ended = false;

  constructor(source: ByteReader, signal: RequestSignal, options: ReaderOptions) {
    this.#source = source;
    this.#signal = signal;
    this.#options = options;
    this.#timer = new IdleTimer(options.timeoutMs, () => options.abort(stalledError(options.timeoutMs)));
    signal.watch((error) => {
      this.#timer.stop();
      options.abort(error);
    });
  }

  get givesChunksAway(): boolean {
    return this.#source.givesChunksAway === true;
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

  /** Internal: the source calls this after `pull`. */
  onChunk(chunk: Uint8Array | undefined): void {
    this.#timer.pause();
    if (chunk === undefined) this.#end();
    else {
      this.receivedBytes += chunk.byteLength;
      if (this.#options.everyChunkCounts) this.#timer.touch();
    }
    this.#sink?.onChunk(chunk);
  }

  /** Internal: the source calls this after `pull`. */
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
  const message = `The response stalled: no data arrived for timeoutMs (${timeoutMs} ms). The server processed the request. Raise timeoutMs if the server pauses for longer.`;
  return new HeidiStreamError("stalled", message, { outcome: "processed" });
}
