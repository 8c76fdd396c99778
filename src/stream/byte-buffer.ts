const FIRST_CAPACITY_BYTES = 512;
// A larger buffer is released after use instead of being kept for the rest of the stream.
const KEPT_CAPACITY_BYTES = 65_536;

/** The part of an item from earlier chunks. It doubles as it grows, so that every byte is copied about twice at most. */
export class ByteBuffer {
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #copiedBytes = 0;

  get length(): number {
    return this.#length;
  }

  /** All bytes copied so far, growth included; the tests of linear cost count them. */
  get copiedBytes(): number {
    return this.#copiedBytes;
  }

  append(source: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) this.#grow(length);
    // For a few bytes a subarray and a call cost more than copying by hand.
    if (to - from < 16) {
      for (let at = from, into = this.#length; at < to; at++, into++) this.#bytes[into] = source[at] ?? 0;
    } else {
      this.#bytes.set(source.subarray(from, to), this.#length);
    }
    this.#copiedBytes += to - from;
    this.#length = length;
  }

  /** The buffered bytes; valid until the next `append`. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > KEPT_CAPACITY_BYTES) this.#bytes = new Uint8Array(0);
    return taken;
  }

  /** The byte at an index below `length`. */
  at(index: number): number {
    return this.#bytes[index] ?? 0;
  }

  #grow(needed: number): void {
    let capacity = Math.max(this.#bytes.length, FIRST_CAPACITY_BYTES);
    while (capacity < needed) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#copiedBytes += this.#length;
    this.#bytes = grown;
  }
}
