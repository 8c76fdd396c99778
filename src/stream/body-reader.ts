import { type ChunkSink, pullFrom } from "./byte-reader.ts";
import { StreamDecoder } from "./decoder.ts";
import type { PendingReads, StreamSource } from "./types.ts";

/** Serves a stream's pending reads from the body of its answer: chunk by chunk, item by item. */
export class BodyReader<T> implements ChunkSink {
  readonly #reads: PendingReads<T>;
  readonly #source: StreamSource;
  readonly #decoder: StreamDecoder<T>;
  #isServing = false;
  #again = false;

  constructor(
    reads: PendingReads<T>,
    source: StreamSource,
    limits: { readonly maxItemBytes: number | undefined; readonly maxTextLength: number },
  ) {
    this.#reads = reads;
    this.#source = source;
    this.#decoder = new StreamDecoder({ contentType: source.contentType, ...limits });
  }

  /** The text of all items so far. */
  get text(): string {
    return this.#decoder.text;
  }

  /** Collects only the text from now on; more than `maxLength` characters are an error. */
  collect(maxLength: number): void {
    this.#decoder.collect(maxLength);
  }

  /** Returns the next item of the chunks so far. */
  take(): T | undefined {
    return this.#decoder.take();
  }

  release(): void {
    this.#decoder.release();
  }

  /** Internal: the reader's answer. */
  onChunk(chunk: Uint8Array | undefined): void {
    try {
      if (!this.#reads.isEnded) this.#decoder.add(chunk);
    } catch (error) {
      this.#reads.fail(error);
    }
    this.serve();
  }

  /** Internal: the reader's answer when it failed. */
  onFault(error: unknown): void {
    this.#reads.fail(error);
    this.#reads.settle();
  }

  /** Resolves pending calls as far as possible. A reader may deliver a chunk synchronously, hence a loop, not recursion. */
  serve(): void {
    this.#again = true;
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#serveNext();
      }
    } catch (error) {
      this.onFault(error);
    } finally {
      this.#isServing = false;
    }
  }

  #serveNext(): void {
    const { queue, isEnded } = this.#reads;
    if (isEnded) {
      this.#reads.settle();
      return;
    }
    const { reader } = this.#source;
    const item = this.#decoder.take();
    if (this.#decoder.takeContent()) reader.onData?.();
    if (item !== undefined) {
      queue.shift()?.resolve({ done: false, value: item });
      this.#again = queue.length > 0;
    } else if (this.#decoder.isOver) {
      this.#reads.finish(this.#decoder.isMarked);
    } else {
      pullFrom(reader, this);
    }
  }
}
