import { HeidiUploadError } from "../../errors.ts";
import type { ChunkReader } from "../../upload/file-source.ts";

/** A recording whose bytes are not what its container promises. `offset` counts from the start of the stream. */
export function damagedRecording(
  container: string,
  offset: number,
  what: string,
  cause?: unknown,
): HeidiUploadError {
  return new HeidiUploadError(
    `The ${container} recording cannot be cut: ${what}, near byte ${offset}. What came before it was given as chunks.`,
    { cause },
  );
}

/** How much is searched through before it is let go of. */
const WINDOW_BYTES = 64 * 1024;

/** Bytes of a stream, taken in the portions that a container is made of; holds no more than the portion asked for. */
export class BufferedReader {
  readonly #reader: ChunkReader;
  #held: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #offset = 0;
  #isOver = false;

  constructor(reader: ChunkReader) {
    this.#reader = reader;
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset;
  }

  /** The next bytes, left where they are; fewer only at the end of the stream. Valid until the next call. */
  async peek(size: number): Promise<Uint8Array> {
    while (this.#end - this.#start < size && !this.#isOver) {
      const chunk = await this.#reader.read();
      if (chunk === undefined) this.#isOver = true;
      else this.#append(chunk, size);
    }
    return this.#held.subarray(this.#start, Math.min(this.#end, this.#start + size));
  }

  /** The next bytes, copied; undefined when the stream ends before there are so many. */
  async take(size: number): Promise<Uint8Array | undefined> {
    const bytes = await this.peek(size);
    if (bytes.byteLength < size) return undefined;
    const copy = bytes.slice();
    this.#advance(size);
    return copy;
  }

  /** Drops bytes without holding them; false when the stream ends before. */
  async skip(size: number): Promise<boolean> {
    let left = size;
    for (;;) {
      const held = Math.min(left, this.#end - this.#start);
      this.#advance(held);
      left -= held;
      if (left === 0) return true;
      if ((await this.peek(1)).byteLength === 0) return false;
    }
  }

  /**
   * Looks for the next place, after at least one byte, where something begins; undefined when the stream ends before.
   * What was searched through is dropped, the place itself is next.
   *
   * @param couldBegin - Judges a first byte, quickly.
   * @param begins - Judges a place: how far it is from the next byte.
   */
  async seek(
    couldBegin: (byte: number) => boolean,
    begins: (at: number) => Promise<boolean>,
  ): Promise<boolean> {
    let at = 1;
    for (;;) {
      const held = await this.#search(at, couldBegin);
      if (held === undefined) return false;
      at = held;
      if (await begins(at)) {
        this.#advance(at);
        return true;
      }
      at += 1;
      if (at > WINDOW_BYTES) {
        this.#advance(at - 1);
        at = 1;
      }
    }
  }

  /** The first place from `at` on with such a byte. */
  async #search(from: number, couldBegin: (byte: number) => boolean): Promise<number | undefined> {
    for (let at = from; ; ) {
      const bytes = await this.peek(at + 1);
      if (bytes.byteLength <= at) return undefined;
      for (const end = this.#end - this.#start; at < end; at += 1)
        if (couldBegin(this.#held[this.#start + at] ?? 0)) return at;
    }
  }

  #advance(size: number): void {
    this.#start += size;
    this.#offset += size;
  }

  #append(chunk: Uint8Array, wanted: number): void {
    const held = this.#end - this.#start;
    if (this.#end + chunk.byteLength > this.#held.byteLength) {
      const room = new Uint8Array(Math.max(held + chunk.byteLength, 2 * held, wanted));
      room.set(this.#held.subarray(this.#start, this.#end));
      this.#held = room;
      this.#start = 0;
      this.#end = held;
    }
    this.#held.set(chunk, this.#end);
    this.#end += chunk.byteLength;
  }
}
