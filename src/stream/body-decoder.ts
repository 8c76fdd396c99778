import { DEFAULT_MAX_ITEM_BYTES, type Decoder } from "./decoder.ts";
import { SseDecoder } from "./event-decoder.ts";
import { streamError } from "./faults.ts";
import { formatOf, SNIFF_BYTES, type StreamFormatName, sniff } from "./format.ts";
import { NdjsonDecoder } from "./object-decoder.ts";
import { isBlank } from "./scanner.ts";

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

const EMPTY = "The answer had no content.";
const UNEXPECTED =
  "The answer was a web page or a text, not a stream of JSON objects: a proxy or a wrong `baseUrl`?";

/**
 * Chooses the decoder of a body. The content type says what to expect; the first bytes have the last word where they
 * contradict it, so that `data: {…}` is never taken for a text, whatever the type said. A byte order mark and blank lines
 * before the first item are skipped.
 */
export class BodyDecoder implements Decoder {
  readonly #declared: StreamFormatName;
  readonly #maxItemBytes: number;
  #decoder: Decoder | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #skipped = { line: 1, offsetBytes: 0 };
  #isEmpty = true;

  constructor(contentType: string | undefined, maxItemBytes: number = DEFAULT_MAX_ITEM_BYTES) {
    this.#declared = formatOf(contentType);
    this.#maxItemBytes = maxItemBytes;
  }

  /** The decoder that was chosen, for whoever saves the way through this one; itself until then. */
  get current(): Decoder {
    return this.#decoder ?? this;
  }

  get finished(): boolean {
    return this.#decoder?.finished ?? false;
  }

  takeContent(): boolean {
    return this.#decoder?.takeContent() ?? false;
  }

  push(chunk: Uint8Array): void {
    if (this.#decoder !== undefined) this.#decoder.push(chunk);
    else if (chunk.length > 0) this.#look(chunk);
  }

  next(): object | undefined {
    return this.#decoder?.next();
  }

  end(): void {
    if (this.#declared === "markup") throw streamError("unexpected-content", UNEXPECTED);
    if (this.#isEmpty) throw streamError("unexpected-content", EMPTY);
    if (this.#decoder === undefined && this.#head.length > 0) {
      this.#choose("other", this.#head);
      this.next(); // so short a body holds no object, but is judged only when it was looked at
    }
    this.#decoder?.end();
  }

  #look(chunk: Uint8Array): void {
    if (this.#declared === "markup") throw streamError("unexpected-content", UNEXPECTED);
    this.#isEmpty = false;
    const bytes = new Uint8Array(this.#head.length + chunk.length);
    bytes.set(this.#head);
    bytes.set(chunk, this.#head.length);
    const from = this.#skip(bytes);
    this.#head = bytes.subarray(from);
    if (from === -1) {
      this.#head = bytes;
      return;
    }
    const found = sniff(String.fromCharCode(...this.#head.subarray(0, SNIFF_BYTES)));
    if (found !== undefined) this.#choose(found, this.#head);
  }

  /** The index of the first byte that counts, or -1 while a byte order mark is incomplete. */
  #skip(bytes: Uint8Array): number {
    let at = 0;
    if (this.#skipped.offsetBytes === 0) {
      const isMark = BYTE_ORDER_MARK.every((byte, index) => index >= bytes.length || bytes[index] === byte);
      if (isMark && bytes.length < BYTE_ORDER_MARK.length) return -1;
      if (isMark) at = BYTE_ORDER_MARK.length;
    }
    for (; at < bytes.length && isBlank(bytes[at] ?? 0); at++) if (bytes[at] === LF) this.#skipped.line++;
    this.#skipped.offsetBytes += at;
    return at;
  }

  #choose(found: StreamFormatName, head: Uint8Array): void {
    const format = found === "other" ? this.#declared : found;
    if (format === "events") this.#decoder = new SseDecoder(this.#maxItemBytes, this.#skipped);
    else if (format === "objects") this.#decoder = new NdjsonDecoder(this.#maxItemBytes, this.#skipped);
    else throw streamError("unexpected-content", UNEXPECTED);
    this.#head = new Uint8Array(0);
    this.#decoder.push(head);
  }
}
