// What may come next inside an object. Small integers, for a loop that sees every byte.
const KEY_OR_END = 0;
const KEY = 1;
const COLON = 2;
const VALUE = 3;
const VALUE_OR_END = 4;
const COMMA_OR_END = 5;
const IN_KEY = 6;
const IN_STRING = 7;
const IN_SCALAR = 8;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The object continues after the bytes so far. */
export const MORE = -1;
/** No continuation can make this a JSON object. */
export const BROKEN = -2;

export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The bytes that numbers, `true`, `false` and `null` consist of. */
function isScalar(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x2b ||
    byte === 0x45
  );
}

/**
 * Finds the end of one JSON object in bytes that arrive in chunks, and reads each byte once. It checks only the structure:
 * `JSON.parse` decides about the delimited bytes, but a broken structure is detected where it breaks.
 */
export class ObjectScanner {
  #expect = KEY_OR_END;
  #escaped = false;
  // One byte per open container, so that no depth of nesting costs more memory than the text itself.
  #stack: Uint8Array = new Uint8Array(32);
  #depth = 0;
  #newlines = 0;
  #meaningful = 0;

  /** True between `begin` and the end of the object. */
  get inside(): boolean {
    return this.#depth > 0;
  }

  /** Newlines seen since `begin`. */
  get newlines(): number {
    return this.#newlines;
  }

  /** The number of scanned bytes other than white space between tokens; only its growth matters. */
  get meaningful(): number {
    return this.#meaningful;
  }

  /** Starts an object whose opening brace was just read. */
  begin(): void {
    this.#depth = 0;
    this.#newlines = 0;
    this.#escaped = false;
    this.#open(OPEN_BRACE);
  }

  /** Returns the index after the object's closing brace, or `MORE`, or `BROKEN`. */
  scan(bytes: Uint8Array, from: number): number {
    const length = bytes.length;
    let at = from;
    while (at < length) {
      if (this.#expect === IN_STRING || this.#expect === IN_KEY) {
        const end = this.#string(bytes, at);
        if (end < 0) return end;
        this.#meaningful += end - at;
        at = end;
        continue;
      }
      const byte = bytes[at] ?? 0;
      at++;
      if (isBlank(byte)) {
        if (byte === 0x0a) this.#newlines++;
        if (this.#expect === IN_SCALAR) this.#expect = COMMA_OR_END;
      } else if (!this.#token(byte)) {
        return BROKEN;
      } else {
        this.#meaningful++;
        if (this.#depth === 0) return at;
      }
    }
    return MORE;
  }

  #string(bytes: Uint8Array, from: number): number {
    const length = bytes.length;
    let at = from;
    if (this.#escaped && at < length) {
      this.#escaped = false;
      if ((bytes[at] ?? 0) < 0x20) return BROKEN;
      at++;
    }
    while (at < length) {
      const byte = bytes[at] ?? 0;
      at++;
      if (byte === QUOTE) {
        this.#expect = this.#expect === IN_KEY ? COLON : COMMA_OR_END;
        return at;
      }
      if (byte === BACKSLASH) {
        if (at === length) this.#escaped = true;
        else if ((bytes[at] ?? 0) < 0x20) return BROKEN;
        at++;
      } else if (byte < 0x20) {
        return BROKEN;
      }
    }
    return length;
  }

  #token(byte: number): boolean {
    switch (this.#expect) {
      case KEY_OR_END:
        return byte === CLOSE_BRACE ? this.#close(byte) : this.#key(byte);
      case KEY:
        return this.#key(byte);
      case COLON:
        this.#expect = VALUE;
        return byte === 0x3a;
      case VALUE:
        return this.#value(byte);
      case VALUE_OR_END:
        return byte === CLOSE_BRACKET ? this.#close(byte) : this.#value(byte);
      default:
        if (byte === COMMA) {
          this.#expect = this.#stack[this.#depth - 1] === OPEN_BRACE ? KEY : VALUE;
          return true;
        }
        if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) return this.#close(byte);
        return this.#expect === IN_SCALAR && isScalar(byte);
    }
  }

  #key(byte: number): boolean {
    this.#expect = IN_KEY;
    return byte === QUOTE;
  }

  #value(byte: number): boolean {
    if (byte === QUOTE) this.#expect = IN_STRING;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#open(byte);
    else if (isScalar(byte)) this.#expect = IN_SCALAR;
    else return false;
    return true;
  }

  #open(byte: number): void {
    if (this.#depth === this.#stack.length) {
      const grown = new Uint8Array(this.#depth * 2);
      grown.set(this.#stack);
      this.#stack = grown;
    }
    this.#stack[this.#depth] = byte;
    this.#depth++;
    this.#expect = byte === OPEN_BRACE ? KEY_OR_END : VALUE_OR_END;
  }

  #close(byte: number): boolean {
    // The code of each closing bracket is that of its opening bracket plus two.
    if (this.#stack[this.#depth - 1] !== byte - 2) return false;
    this.#depth--;
    this.#expect = COMMA_OR_END;
    return true;
  }
}
