import { type ItemFields, streamError, textTooLongError, throwErrorObject } from "./errors.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";
import { isBlank } from "./object-scanner.ts";
import { PartialText } from "./partial-text.ts";
import { SseDecoder } from "./sse-decoder.ts";
import { TextBuffer } from "./text-buffer.ts";
import { DEFAULT_MAX_ITEM_BYTES, type Decoder } from "./types.ts";

/** What an answer is read with. */
export interface StreamDecoderOptions {
  readonly contentType: string | undefined;
  readonly maxItemBytes: number | undefined;
  /** How many characters are kept for the error that may end the stream. */
  readonly maxTextLength: number;
}

/** What has come of a stream: its bytes, decoded item by item when asked for, and the text so far. */
export class StreamDecoder<T> {
  readonly #partial: PartialText;
  #decoder: BodyDecoder | undefined;
  /** The text, when that is what the consumer asked for; otherwise it is made from what arrived. */
  #text: TextBuffer | undefined;
  #isAtEnd = false;

  constructor({ contentType, maxItemBytes, maxTextLength }: StreamDecoderOptions) {
    const createDecoder = (): BodyDecoder => new BodyDecoder(contentType, maxItemBytes);
    this.#decoder = createDecoder();
    this.#partial = new PartialText(maxTextLength, createDecoder);
  }

  /** True when there will be no more items than those that `take` still gives. */
  get isOver(): boolean {
    return this.#isAtEnd || (this.#decoder?.finished ?? true);
  }

  /** True when the content said that it was complete. */
  get isMarked(): boolean {
    return this.#decoder?.finished ?? false;
  }

  /** The text of all items so far. */
  get text(): string {
    return String(this.#text ?? this.#partial);
  }

  /** From now on the text is all that counts; more than `maxLength` characters of it are too many. */
  collect(maxLength: number): void {
    this.#partial.clear();
    this.#text = new TextBuffer(maxLength);
  }

  /** A chunk, or undefined when the body is at its end. Only after `take` has returned undefined. */
  add(chunk: Uint8Array | undefined): void {
    if (chunk === undefined) {
      this.#isAtEnd = true;
      this.#decoder?.end();
    } else {
      this.#partial.keep(chunk);
      this.#decoder?.push(chunk);
    }
  }

  /** The next item, or undefined when it takes another chunk. */
  take(): T | undefined {
    const item: ItemFields | undefined = this.#decoder?.current.next();
    if (item === undefined) return undefined;
    const text = item.data;
    if (typeof text !== "string") {
      throwErrorObject(item);
      this.#partial.count(0);
    } else {
      if (this.#text === undefined) this.#partial.count(text.length);
      else if (!this.#text.add(text)) throw textTooLongError(this.#text.maxLength);
      if (item.error !== undefined) throwErrorObject(item);
    }
    // The one place where what arrived is taken for what the spec promises.
    return item as T;
  }

  /** Whether content (more than heartbeats) was seen since the last call. */
  takeContent(): boolean {
    return this.#decoder?.takeContent() ?? false;
  }

  /** Lets go of all but a text that was asked for. */
  release(): void {
    this.#decoder = undefined;
    this.#partial.clear();
  }
}

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

/** What a content type, or the first bytes of a body, announce. */
export type StreamFormatName = "objects" | "events" | "markup" | "other";

/**
 * Reads the content type of an answer. NDJSON and JSON are one format here, for both are JSON objects one after the other.
 *
 * @example formatOf("application/x-ndjson; charset=utf-8") === "objects"
 */
export function formatOf(contentType: string | undefined): StreamFormatName {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "text/event-stream") return "events";
  if (type === "text/html" || type === "application/xhtml+xml") return "markup";
  if (
    /^(application|text)\/(.*[.+-])?(json|ndjson|jsonl|jsonlines|json-lines|json-stream|json-seq)$/.test(type)
  ) {
    return "objects";
  }
  return "other";
}

const FIELDS = ["data:", "event:", "id:", "retry:"] as const;

/** The most bytes that `sniff` needs. */
export const SNIFF_BYTES = 6;

/** Judges the first bytes that are not blank; undefined when more of them are needed. */
export function sniff(first: string): StreamFormatName | undefined {
  if (first === "") return undefined;
  if (first.startsWith("{")) return "objects";
  if (first.startsWith("<")) return "markup";
  if (first.startsWith(":") || FIELDS.some((field) => first.startsWith(field))) return "events";
  return FIELDS.some((field) => field.startsWith(first)) ? undefined : "other";
}
