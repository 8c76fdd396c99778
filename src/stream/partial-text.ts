import { TextBuffer } from "./text-buffer.ts";
import type { Decoder } from "./types.ts";
import { textOf } from "./types.ts";

const FIRST_BLOCK_BYTES = 1_024;
const BLOCK_BYTES = 65_536;
// The bytes kept in addition to twice the text: far more than a response has, far less than a process.
const FREE_BYTES = 1_048_576;

/**
 * The received part of a stream, for the `partialText` of an error that may never occur. Keeping the text of every item
 * would cost as much as decoding it, so it keeps the bytes, in a few large blocks, and decodes them again on demand.
 *
 * At most `maxLength` characters count, as in a {@link TextBuffer}. Bytes that hold little text are decoded early: no more
 * of them are kept than twice as many as there are characters, and 1 MiB.
 */
export class PartialText {
  readonly #text: TextBuffer;
  readonly #createDecoder: () => Decoder;
  readonly #maxLength: number;
  #decoder: Decoder | undefined;
  #blocks: Uint8Array[] = [];
  /** The filled length of the last block. */
  #filled = 0;
  #bytes = 0;
  #length = 0;
  #items = 0;
  #replayed = 0;
  #isFull = false;

  constructor(maxLength: number, createDecoder: () => Decoder) {
    this.#maxLength = maxLength;
    this.#text = new TextBuffer(maxLength);
    this.#createDecoder = createDecoder;
  }

  /** The number of bytes held now. */
  get keptBytes(): number {
    return this.#bytes;
  }

  /**
   * A chunk that is about to be decoded; every object of the chunks before it was counted. It is copied, because its memory
   * belongs to the reader, unless it `isOwned` and not so small that it would hold a larger memory.
   */
  keep(chunk: Uint8Array, isOwned = false): void {
    if (this.#isFull) return;
    if (this.#bytes + chunk.length > 2 * this.#length + FREE_BYTES) this.#replay();
    this.#bytes += chunk.length;
    const last = this.#blocks[this.#blocks.length - 1];
    if (isOwned && chunk.length >= FIRST_BLOCK_BYTES && 2 * chunk.length >= chunk.buffer.byteLength) {
      if (last !== undefined) this.#blocks[this.#blocks.length - 1] = last.subarray(0, this.#filled);
      this.#filled = chunk.length;
      this.#blocks.push(chunk);
      return;
    }
    const room = last === undefined ? 0 : last.length - this.#filled;
    if (last !== undefined && chunk.length <= room) {
      // For a few bytes a call costs more than copying by hand.
      if (chunk.length > 16) last.set(chunk, this.#filled);
      else for (let at = 0; at < chunk.length; at++) last[this.#filled + at] = chunk[at] ?? 0;
      this.#filled += chunk.length;
      return;
    }
    last?.set(chunk.subarray(0, room), this.#filled);
    const rest = chunk.subarray(room);
    const capacity = Math.min(BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, 2 * (last?.length ?? 0)));
    const block = rest.length >= capacity ? rest.slice() : new Uint8Array(capacity);
    if (block.length > rest.length) block.set(rest);
    this.#filled = rest.length;
    this.#blocks.push(block);
  }

  /** Counts one more returned object and the characters of its text. */
  count(length: number): void {
    if (this.#isFull) return;
    if (this.#length + length > this.#maxLength) {
      this.#isFull = true;
      return;
    }
    this.#length += length;
    this.#items++;
  }

  clear(): void {
    this.#isFull = true;
    this.#blocks = [];
    this.#text.clear();
  }

  toString(): string {
    try {
      this.#replay();
      if (this.#replayed < this.#items) {
        // Only the end of the bytes completed the last object.
        this.#decoder?.end();
        this.#takeItems();
      }
    } catch {
      // The stream itself broke here; all returned objects came before.
    }
    return this.#text.toString();
  }

  #replay(): void {
    const blocks = this.#blocks;
    const filled = this.#filled;
    this.#blocks = [];
    this.#bytes = 0;
    this.#filled = 0;
    this.#decoder ??= this.#createDecoder();
    for (const [index, block] of blocks.entries()) {
      this.#decoder.push(index === blocks.length - 1 ? block.subarray(0, filled) : block);
      if (!this.#takeItems()) return;
    }
  }

  /** Returns false at the first object after the returned ones. */
  #takeItems(): boolean {
    for (let item = this.#decoder?.next(); item !== undefined; item = this.#decoder?.next()) {
      if (this.#replayed === this.#items) return false;
      this.#replayed++;
      const text = textOf(item);
      if (text !== undefined) this.#text.add(text);
    }
    return true;
  }
}
