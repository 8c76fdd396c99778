/** How much text is kept by default, in characters. */
export const DEFAULT_MAX_TEXT_LENGTH = 67_108_864;

const PIECES = 512;
// From here on joining copies more than it saves.
const LONG = 1_024;

/**
 * Collects text in linear time: short pieces are joined by the hundred, so that they do not each cost an object.
 * Keeps at most `maxLength` characters (UTF-16 code units, as `string.length` counts) and drops what comes after.
 */
export class TextBuffer {
  readonly maxLength: number;
  #isFull = false;
  #length = 0;
  readonly #joined: string[] = [];
  // Filled again and again: an array that grew from nothing each time would cost more than the text.
  readonly #pieces: string[] = [];
  #count = 0;

  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  /** False when the piece does not fit: then none of it is kept, nor anything after it. */
  add(piece: string): boolean {
    if (this.#isFull || this.#length + piece.length > this.maxLength) {
      this.#isFull = true;
      return false;
    }
    this.#length += piece.length;
    if (piece.length >= LONG) {
      this.#join();
      this.#joined.push(piece);
      return true;
    }
    this.#pieces[this.#count++] = piece;
    if (this.#count === PIECES) this.#join();
    return true;
  }

  clear(): void {
    this.#joined.length = 0;
    this.#pieces.length = 0;
    this.#count = 0;
    this.#length = 0;
  }

  toString(): string {
    this.#join();
    const text = this.#joined.join("");
    this.#joined.splice(0, this.#joined.length, text);
    return text;
  }

  #join(): void {
    if (this.#count === 0) return;
    this.#pieces.length = this.#count;
    this.#joined.push(this.#pieces.join(""));
    this.#count = 0;
  }
}
