import { ByteBuffer } from "./byte-buffer.ts";
import { decodeUtf8 } from "./decode-utf8.ts";
import { itemTooLongError, malformedError, truncatedError } from "./errors.ts";
import { BROKEN, isBlank, MORE, ObjectScanner } from "./object-scanner.ts";
import { DEFAULT_MAX_ITEM_BYTES, type Decoder, type Position, START } from "./types.ts";

const LF = 0x0a;
const OPEN_BRACE = 0x7b;

// Lines are decoded to text together, in blocks of about this size: a call of the text decoder per line would cost more
// than the line.
const BLOCK_BYTES = 65_536;

const NOT_AN_OBJECT = "every item must be a JSON object";
const NOT_JSON = "this is not valid JSON";
const NOT_UTF8 = "this is not valid UTF-8";

/**
 * Decodes a sequence of JSON objects, with any or no white space between them: NDJSON, concatenated objects, objects
 * over several lines and a single object have the same grammar here. Lines end with LF, CRLF or CR (all of them
 * blank space to JSON). Anything that is not an object (null, a number, a string, an array) is malformed.
 *
 * Whole lines of one object each, the normal case, take a fast path: a block of lines is decoded to text at once and every
 * line goes to `JSON.parse`. A line that `JSON.parse` rejects is never skipped: the scanner decodes it and the rest of the
 * stream. The scanner also follows the incomplete line at the end of a chunk, so that an object is returned as soon as
 * its last brace arrives.
 */
export class NdjsonDecoder implements Decoder {
  readonly finished: boolean = false;
  readonly #maxItemBytes: number;
  readonly #scanner = new ObjectScanner();
  readonly #buffer = new ByteBuffer();
  #oneObjectPerLine = true;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The index up to which the chunk has no line end. */
  #noLineBefore = 0;
  /** The offset of the chunk's first byte in the body. */
  #chunkOffsetBytes: number;
  #line: number;
  /** The start of the object that the scanner is in. */
  #begun: Position = START;
  #block = "";
  #blockAt = 0;
  #blockFirstLine = 0;
  #blockEnd = 0;
  #content = false;

  constructor(maxItemBytes: number = DEFAULT_MAX_ITEM_BYTES, start: Position = START) {
    this.#maxItemBytes = maxItemBytes;
    this.#chunkOffsetBytes = start.offsetBytes;
    this.#line = start.line;
  }

  /** Bytes copied so far; the tests of linear cost count them. */
  get copiedBytes(): number {
    return this.#buffer.copiedBytes;
  }

  takeContent(): boolean {
    const content = this.#content;
    this.#content = false;
    return content;
  }

  push(chunk: Uint8Array): void {
    this.#chunkOffsetBytes += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
    this.#noLineBefore = 0;
  }

  next(): object | undefined {
    for (;;) {
      if (this.#block.length > 0) {
        const item = this.#nextLine();
        if (item !== undefined) return item;
      }
      if (this.#scanner.inside) return this.#scan();
      this.#skipBlanks();
      if (this.#at === this.#chunk.length) return undefined;
      if (!this.#openBlock()) return this.#begin();
    }
  }

  end(): void {
    if (this.#scanner.inside) throw truncatedError(this.#begun);
  }

  #position(): Position {
    return { line: this.#line, offsetBytes: this.#chunkOffsetBytes + this.#at };
  }

  #skipBlanks(): void {
    const chunk = this.#chunk;
    let at = this.#at;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === LF) this.#line++;
      else if (!isBlank(byte)) break;
    }
    this.#at = at;
  }

  /** Decodes the next whole lines to text, if there are any and all of them are certainly within the limit. */
  #openBlock(): boolean {
    if (!this.#oneObjectPerLine || this.#at < this.#noLineBefore) return false;
    const window = this.#chunk.subarray(this.#at, this.#at + Math.min(BLOCK_BYTES, this.#maxItemBytes));
    const length = window.lastIndexOf(LF) + 1;
    if (length === 0) {
      this.#noLineBefore = this.#at + window.length;
      return false;
    }
    try {
      this.#block = decodeUtf8(window.subarray(0, length));
    } catch {
      this.#oneObjectPerLine = false;
      return false;
    }
    this.#blockAt = 0;
    this.#blockFirstLine = this.#line;
    this.#blockEnd = this.#at + length;
    return true;
  }

  #nextLine(): object | undefined {
    const block = this.#block;
    while (this.#blockAt < block.length) {
      const start = this.#blockAt;
      const end = block.indexOf("\n", start);
      let first = start;
      let code = block.charCodeAt(first);
      while (first < end && isBlank(code)) code = block.charCodeAt(++first);
      if (first < end) {
        if (code !== OPEN_BRACE) return this.#leaveBlock();
        let item: object;
        try {
          item = JSON.parse(block.slice(first, end));
        } catch {
          return this.#leaveBlock();
        }
        this.#blockAt = end + 1;
        this.#line++;
        this.#content = true;
        return item;
      }
      this.#blockAt = end + 1;
      this.#line++;
    }
    this.#block = "";
    this.#at = this.#blockEnd;
    return undefined;
  }

  /** Switches permanently to the scanner, from the beginning of the refused line. */
  #leaveBlock(): undefined {
    for (let line = this.#blockFirstLine; line < this.#line; line++) {
      this.#at = this.#chunk.indexOf(LF, this.#at) + 1;
    }
    this.#block = "";
    this.#oneObjectPerLine = false;
    return undefined;
  }

  #begin(): object | undefined {
    const begun = this.#position();
    if (this.#chunk[this.#at] !== OPEN_BRACE) throw malformedError(NOT_AN_OBJECT, begun);
    this.#begun = begun;
    this.#scanner.begin();
    return this.#scan(1);
  }

  #scan(skip = 0): object | undefined {
    const chunk = this.#chunk;
    const from = this.#at;
    const before = this.#scanner.meaningful;
    const to = this.#scanner.scan(chunk, from + skip);
    if (to === BROKEN) throw malformedError(NOT_JSON, this.#begun);
    const end = to === MORE ? chunk.length : to;
    if (this.#buffer.length + end - from > this.#maxItemBytes)
      throw itemTooLongError(this.#maxItemBytes, this.#begun);
    if (skip > 0 || this.#scanner.meaningful > before) this.#content = true;
    this.#at = end;
    if (to === MORE) {
      this.#buffer.append(chunk, from, end);
      return undefined;
    }
    this.#line += this.#scanner.newlines;
    if (this.#buffer.length === 0) return this.#parse(chunk.subarray(from, end));
    this.#buffer.append(chunk, from, end);
    return this.#parse(this.#buffer.take());
  }

  #parse(bytes: Uint8Array): object {
    let text: string;
    try {
      text = decodeUtf8(bytes);
    } catch {
      throw malformedError(NOT_UTF8, this.#begun);
    }
    try {
      // The scanner has found the braces, so a parsed value is an object.
      return JSON.parse(text);
    } catch {
      // The reason is not kept as the cause: it quotes the text.
      throw malformedError(NOT_JSON, this.#begun);
    }
  }
}
