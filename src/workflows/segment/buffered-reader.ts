import { HeidiUploadError } from "../../errors.ts";
import type { ChunkReader } from "../../upload/file-source.ts";

/** Returns the error for a recording whose bytes violate its container format. `offset` is the position in the stream. */
export function damagedRecording(
  container: string,
  offset: number,
  reason: string,
  cause?: unknown,
): HeidiUploadError {
  return new HeidiUploadError(
    `Cannot segment the ${container} recording: ${reason}, near byte ${offset}. The audio before this position was returned as chunks.`,
    { cause },
  );
}

/** `seek` releases bytes after it has searched this many. */
const WINDOW_BYTES = 64 * 1024;

/** Copies of up to a quarter of this share one block of memory: a block for each packet would cost more than its bytes. */
const BLOCK_BYTES = 64 * 1024;

/** Reads a stream in portions of a requested size; buffers that portion and the rest of the stream's last chunk. */
export class BufferedReader {
  readonly #reader: ChunkReader;
  #held: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #offset = 0;
  #isOver = false;
  #block: Uint8Array = new Uint8Array(0);
  #blockAt = 0;

  constructor(reader: ChunkReader) {
    this.#reader = reader;
  }

  /** The number of bytes consumed so far: the position in the stream. */
  get offset(): number {
    return this.#offset;
  }

  /** Returns the next bytes without consuming them; fewer only at the end of the stream. Valid until the next call. */
  async peek(size: number): Promise<Uint8Array> {
    while (this.#end - this.#start < size && !this.#isOver) {
      const chunk = await this.#reader.read();
      if (chunk === undefined) this.#isOver = true;
      else this.#append(chunk, size);
    }
    return this.#held.subarray(this.#start, Math.min(this.#end, this.#start + size));
  }

  /** Consumes the next bytes and returns a copy; returns undefined when the stream ends before. */
  async take(size: number): Promise<Uint8Array | undefined> {
    const bytes = await this.peek(size);
    if (bytes.byteLength < size) return undefined;
    const copy = this.#copy(bytes);
    this.#advance(size);
    return copy;
  }

  #copy(bytes: Uint8Array): Uint8Array {
    const { byteLength } = bytes;
    if (byteLength > BLOCK_BYTES / 4) return bytes.slice();
    if (this.#blockAt + byteLength > this.#block.byteLength) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#blockAt = 0;
    }
    const copy = this.#block.subarray(this.#blockAt, this.#blockAt + byteLength);
    copy.set(bytes);
    this.#blockAt += byteLength;
    return copy;
  }

  /** Consumes bytes without buffering them; returns false when the stream ends before. */
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
   * Searches for a position at which `begins` is true, at least one byte ahead, and consumes the bytes before it.
   * Returns false when the stream ends before.
   *
   * @param couldBegin - A fast check of the byte at a position.
   * @param begins - The full check of a position, given as its distance from the next byte.
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

  /** Returns the distance of the first matching byte, starting at `from`; undefined at the end of the stream. */
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
