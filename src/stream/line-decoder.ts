import { encodeText } from "../utils/utf8.ts";
import { ByteBuffer } from "./byte-buffer.ts";
import { decodeUtf8 } from "./decode-utf8.ts";
import { itemTooLongError, malformedError, truncatedError } from "./errors.ts";
import type { Position } from "./types.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const BLOCK_BYTES = 65_536;
const NOT_UTF8 = "this is not valid UTF-8";

// Up to here a loop is cheaper than two calls and a view.
const FEW_BYTES = 32;

/** Returns the index of the first line end from `from` on, or -1. */
function findLineEnd(bytes: Uint8Array, from: number): number {
  if (bytes.length - from <= FEW_BYTES) {
    for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
    return -1;
  }
  const lf = bytes.indexOf(LF, from);
  const cr = bytes.subarray(from, lf === -1 ? bytes.length : lf).indexOf(CR);
  return cr === -1 ? lf : from + cr;
}

/**
 * Cuts bytes into lines that end with LF, CRLF or CR. A line is returned as soon as its end arrives: a CR does not wait
 * for an LF that may follow. Lines are decoded to text in blocks, many at once.
 */
export class LineDecoder {
  readonly #maxLineBytes: number;
  readonly #buffer = new ByteBuffer();
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #chunkOffsetBytes: number;
  #afterCr = false;
  #block = "";
  #blockAt = 0;
  #blockOffsetBytes = 0;
  /** The next CR of the block from `#blockAt` on; past the block when there is none. */
  #cr = 0;
  /** The next LF, likewise: without it every line of a text with CR alone would search the whole block. */
  #lf = 0;
  /** The number of the line that `next` returned last. */
  #line: number;
  #lineStart = 0;
  #marked: { line: number; start: number; offsetBytes: number | undefined };

  constructor(maxLineBytes: number, start: Position) {
    this.#maxLineBytes = maxLineBytes;
    this.#chunkOffsetBytes = start.offsetBytes;
    this.#line = start.line - 1;
    this.#marked = { line: start.line, start: 0, offsetBytes: start.offsetBytes };
  }

  /** Bytes copied so far; the tests of linear cost count them. */
  get copiedBytes(): number {
    return this.#buffer.copiedBytes;
  }

  push(chunk: Uint8Array): void {
    this.#chunkOffsetBytes += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Returns the next whole line without its end, or undefined when another chunk is needed. */
  next(): string | undefined {
    if (this.#blockAt === this.#block.length && !this.#openBlock()) return undefined;
    const start = this.#blockAt;
    this.#findEnds(start);
    let end = this.#lf;
    let after = end + 1;
    if (this.#cr < end) {
      end = this.#cr;
      after = this.#block.charCodeAt(end + 1) === LF ? end + 2 : end + 1;
    }
    this.#lineStart = start;
    this.#blockAt = after;
    this.#line++;
    return this.#block.slice(start, end);
  }

  /**
   * Returns the rest of the next line when it begins with the prefix and then, after at most one space, with the character,
   * and when the blank line after it is available too; both lines are consumed. Otherwise returns undefined and consumes
   * nothing.
   */
  nextParagraph(prefix: string, character: number): string | undefined {
    const block = this.#block;
    const start = this.#blockAt;
    if (!block.startsWith(prefix, start)) return undefined;
    const from = start + prefix.length;
    const first = block.charCodeAt(from);
    if (first !== character && (first !== SPACE || block.charCodeAt(from + 1) !== character))
      return undefined;
    this.#findEnds(start);
    const lf = this.#lf;
    const end = this.#cr === lf - 1 ? lf - 1 : lf;
    if (lf === block.length || this.#cr < end) return undefined;
    const blank = block.charCodeAt(lf + 1) === CR ? lf + 2 : lf + 1;
    if (block.charCodeAt(blank) !== LF) return undefined;
    this.#lineStart = start;
    this.#blockAt = blank + 1;
    this.#line += 2;
    return block.slice(first === SPACE ? from + 1 : from, end);
  }

  /** Returns the last line when the bytes ended without a line end. */
  end(): string | undefined {
    if (this.#buffer.length === 0) return undefined;
    const at = this.#tailPosition();
    this.#beginBlock(at.offsetBytes);
    this.#line++;
    this.#lineStart = 0;
    try {
      this.#block = decodeUtf8(this.#buffer.take());
    } catch {
      throw truncatedError(at);
    }
    this.#blockAt = this.#block.length;
    return this.#block;
  }

  /** Remembers the line that was returned last, or one before it in the same paragraph. Costs little until `marked`. */
  mark(linesBack = 0): void {
    this.#marked.line = this.#line - linesBack;
    this.#marked.start = this.#lineStart;
    this.#marked.offsetBytes = undefined;
  }

  /** The start of the marked line. */
  marked(): Position {
    this.#marked.offsetBytes ??=
      this.#blockOffsetBytes + encodeText(this.#block.slice(0, this.#marked.start)).length;
    return { line: this.#marked.line, offsetBytes: this.#marked.offsetBytes };
  }

  /** True while the incomplete line at the end begins with these bytes and continues after them. */
  tailBeginsWith(prefix: readonly number[]): boolean {
    if (this.#buffer.length <= prefix.length) return false;
    for (let index = 0; index < prefix.length; index++)
      if (this.#buffer.at(index) !== prefix[index]) return false;
    return true;
  }

  #tailPosition(): Position {
    return { line: this.#line + 1, offsetBytes: this.#chunkOffsetBytes + this.#at - this.#buffer.length };
  }

  #findEnds(from: number): void {
    const block = this.#block;
    if (this.#lf < from) {
      const lf = block.indexOf("\n", from);
      this.#lf = lf === -1 ? block.length : lf;
    }
    if (this.#cr < from) {
      const cr = block.indexOf("\r", from);
      this.#cr = cr === -1 ? block.length : cr;
    }
  }

  #beginBlock(offsetBytes: number): void {
    // The marked line may be in the block that is dropped.
    this.marked();
    this.#blockOffsetBytes = offsetBytes;
    this.#blockAt = 0;
    this.#cr = -1;
    this.#lf = -1;
  }

  #openBlock(): boolean {
    const chunk = this.#chunk;
    if (this.#afterCr && this.#at < chunk.length) {
      if (chunk[this.#at] === LF) this.#at++;
      this.#afterCr = false;
    }
    if (this.#at === chunk.length) return false;
    const at = this.#tailPosition();
    const end = this.#buffer.length > 0 ? findLineEnd(chunk, this.#at) + 1 : this.#findBlockEnd();
    const stop = end === 0 ? chunk.length : end;
    const isOneLine = this.#buffer.length > 0 || stop - this.#at > this.#maxLineBytes;
    if (isOneLine && this.#buffer.length + stop - this.#at - (end === 0 ? 0 : 1) > this.#maxLineBytes) {
      throw itemTooLongError(this.#maxLineBytes, at);
    }
    if (end === 0 || this.#buffer.length > 0) this.#buffer.append(chunk, this.#at, stop);
    if (end === 0) {
      this.#at = stop;
      return false;
    }
    this.#beginBlock(at.offsetBytes);
    const bytes = this.#buffer.length > 0 ? this.#buffer.take() : chunk.subarray(this.#at, stop);
    const taken = this.#decode(bytes, at);
    this.#at = stop - (bytes.length - taken);
    this.#afterCr = chunk[this.#at - 1] === CR;
    return true;
  }

  /** The end of as many whole lines as fit into a block, or of one long line, or 0. */
  #findBlockEnd(): number {
    if (this.#chunk.length - this.#at <= FEW_BYTES) return findLineEnd(this.#chunk, this.#at) + 1;
    const window = this.#chunk.subarray(this.#at, this.#at + Math.min(BLOCK_BYTES, this.#maxLineBytes));
    let last = window.lastIndexOf(LF);
    if (last === -1) last = window.lastIndexOf(CR);
    return last === -1 ? findLineEnd(this.#chunk, this.#at) + 1 : this.#at + last + 1;
  }

  /** Decodes a block, or only its first line when a later one is not UTF-8; returns how many bytes that took. */
  #decode(bytes: Uint8Array, at: Position): number {
    try {
      this.#block = decodeUtf8(bytes);
      return bytes.length;
    } catch {
      const length = findLineEnd(bytes, 0) + 1;
      try {
        this.#block = decodeUtf8(bytes.subarray(0, length));
        return length;
      } catch {
        throw malformedError(NOT_UTF8, at);
      }
    }
  }
}
