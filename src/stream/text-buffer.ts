import { HeidiError } from "../errors.ts";
import { textTooLongError } from "./errors.ts";
import { type ItemReader, textOf } from "./types.ts";

const PIECES = 512;
// Pieces that are joined early become garbage before the collector has copied them. A longer block would be one of V8's large
// objects, each of which takes new pages from the system.
const BLOCK_LENGTH = 16_384;

// From here on a piece is appended as it is: the engine links it, and copies it once when the text is read.
const LONG_LENGTH = 256;

/**
 * Collects text in linear time: pieces are joined in blocks, and the blocks by `+=`, which copies nothing. The text is in
 * memory once; the engine flattens it when its characters are read.
 * Keeps at most `maxLength` characters (UTF-16 code units, as `string.length` counts) and drops what comes after.
 */
export class TextBuffer {
  readonly maxLength: number;
  #isFull = false;
  #length = 0;
  #text = "";
  // Filled again and again: an array that grew from nothing each time would cost more than the text.
  readonly #pieces: string[] = [];
  #count = 0;
  #pending = 0;

  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  /** Appends a piece; returns false when it does not fit: then neither it nor anything after it is kept. */
  add(piece: string): boolean {
    if (this.#isFull || this.#length + piece.length > this.maxLength) {
      this.#isFull = true;
      return false;
    }
    this.#length += piece.length;
    if (piece.length >= LONG_LENGTH) {
      this.#join();
      this.#text += piece;
      return true;
    }
    this.#pending += piece.length;
    this.#pieces[this.#count++] = piece;
    if (this.#count === PIECES || this.#pending >= BLOCK_LENGTH) this.#join();
    return true;
  }

  clear(): void {
    this.#text = "";
    this.#pieces.length = 0;
    this.#count = 0;
    this.#pending = 0;
    this.#length = 0;
  }

  toString(): string {
    this.#join();
    return this.#text;
  }

  #join(): void {
    if (this.#count === 0) return;
    this.#pieces.length = this.#count;
    this.#text += this.#pieces.join("");
    this.#pieces.fill("");
    this.#count = 0;
    this.#pending = 0;
  }
}

/** Reads to the end and returns the text of all items; closes the reader when it is too long. */
export async function collectText<T extends object>(
  reader: ItemReader<T>,
  maxLength: number,
): Promise<string> {
  const text = new TextBuffer(maxLength);
  for (;;) {
    const result = await reader.next();
    if (result.done) return text.toString();
    const piece = textOf(result.value);
    if (piece === undefined || text.add(piece)) continue;
    const error = textTooLongError(maxLength);
    HeidiError.keepPartialText(error, text.toString());
    reader.close();
    throw error;
  }
}
