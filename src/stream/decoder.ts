import { type ChunkSink, pullFrom } from "./byte-reader.ts";
import { streamError, textTooLongError, throwErrorObject } from "./errors.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";
import { isBlank } from "./object-scanner.ts";
import { PartialText } from "./partial-text.ts";
import { SseDecoder } from "./sse-decoder.ts";
import { TextBuffer } from "./text-buffer.ts";
import {
  DEFAULT_MAX_ITEM_BYTES,
  type Decoder,
  type ItemFields,
  type PendingReads,
  type StreamSource,
} from "./types.ts";

/** The options for reading a response. */
export interface StreamDecoderOptions {
  readonly contentType: string | undefined;
  readonly maxItemBytes: number | undefined;
  /** The number of characters kept for the error that may end the stream. */
  readonly maxTextLength: number;
}

/** The received part of a stream: its bytes, decoded item by item on demand, and the text so far. */
export class StreamDecoder<T> {
  readonly #partial: PartialText;
  #decoder: BodyDecoder | undefined;
  /** The text, when the consumer asked for it; otherwise the text is made from the received bytes. */
  #text: TextBuffer | undefined;
  #isAtEnd = false;

  constructor({ contentType, maxItemBytes, maxTextLength }: StreamDecoderOptions) {
    const createDecoder = (): BodyDecoder => new BodyDecoder(contentType, maxItemBytes);
    this.#decoder = createDecoder();
    this.#partial = new PartialText(maxTextLength, createDecoder);
  }

  /** True when there are no more items than those that `take` still returns. */
  get isOver(): boolean {
    return this.#isAtEnd || (this.#decoder?.finished ?? true);
  }

  /** True when the content itself marked its end. */
  get isMarked(): boolean {
    return this.#decoder?.finished ?? false;
  }

  /** The text of all items so far. */
  get text(): string {
    return String(this.#text ?? this.#partial);
  }

  /** Collects only the text from now on; more than `maxLength` characters are an error. */
  collect(maxLength: number): void {
    this.#partial.clear();
    this.#text = new TextBuffer(maxLength);
  }

  /** Accepts a chunk, which may be kept if it `isOwned`, or undefined at the end of the body. Call it only after `take` has returned undefined. */
  add(chunk: Uint8Array | undefined, isOwned = false): void {
    if (chunk === undefined) {
      this.#isAtEnd = true;
      this.#decoder?.end();
    } else {
      this.#partial.keep(chunk, isOwned);
      this.#decoder?.push(chunk);
    }
  }

  /** Returns the next item, or undefined when another chunk is needed. */
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
    // The only place where received data is assumed to have the type of the spec.
    return item as T;
  }

  /** Returns true when there was content (more than heartbeats) since the last call. */
  takeContent(): boolean {
    return this.#decoder?.takeContent() ?? false;
  }

  /** Releases everything except a requested text. */
  release(): void {
    this.#decoder = undefined;
    this.#partial.clear();
  }
}

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

const EMPTY = "The response had no content.";
const UNEXPECTED =
  "The response was a web page or a text, not a stream of JSON objects. Check `baseUrl` and any proxy.";

/**
 * Chooses the decoder of a body by its content type. First bytes that contradict the type take precedence, so that
 * `data: {…}` is never read as text. A byte order mark and blank lines
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

  /** The chosen decoder, for callers that want to use it directly; this decoder until then. */
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
      this.next(); // so short a body contains no object, but must still be checked
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

  /** Returns the index of the first byte after a byte order mark, or -1 while a byte order mark is incomplete. */
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

/** The format that a content type, or the first bytes of a body, announce. */
export type StreamFormatName = "objects" | "events" | "markup" | "other";

/**
 * Reads the content type of a response. NDJSON and JSON are one format here, because both are a sequence of JSON objects.
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

/** Detects the format from the first bytes that are not blank; undefined when more bytes are needed. */
export function sniff(first: string): StreamFormatName | undefined {
  if (first === "") return undefined;
  if (first.startsWith("{")) return "objects";
  if (first.startsWith("<")) return "markup";
  if (first.startsWith(":") || FIELDS.some((field) => first.startsWith(field))) return "events";
  return FIELDS.some((field) => field.startsWith(first)) ? undefined : "other";
}

/** Serves a stream's pending reads from the body of its response, chunk by chunk and item by item. */
export class BodyReader<T> implements ChunkSink {
  readonly #reads: PendingReads<T>;
  readonly #source: StreamSource;
  readonly #decoder: StreamDecoder<T>;
  #isServing = false;
  #again = false;

  constructor(
    reads: PendingReads<T>,
    source: StreamSource,
    limits: { readonly maxItemBytes: number | undefined; readonly maxTextLength: number },
  ) {
    this.#reads = reads;
    this.#source = source;
    this.#decoder = new StreamDecoder({ contentType: source.contentType, ...limits });
  }

  /** The text of all items so far. */
  get text(): string {
    return this.#decoder.text;
  }

  /** Collects only the text from now on; more than `maxLength` characters are an error. */
  collect(maxLength: number): void {
    this.#decoder.collect(maxLength);
  }

  /** Returns the next item of the chunks so far. */
  take(): T | undefined {
    return this.#decoder.take();
  }

  release(): void {
    this.#decoder.release();
  }

  /** Internal: the reader calls this with the next chunk, after `pullFrom`. */
  onChunk(chunk: Uint8Array | undefined): void {
    try {
      if (!this.#reads.isEnded) this.#decoder.add(chunk, this.#source.reader.givesChunksAway);
    } catch (error) {
      this.#reads.fail(error);
    }
    this.serve();
  }

  /** Internal: the reader calls this when it fails, after `pullFrom`. */
  onFault(error: unknown): void {
    this.#reads.fail(error);
    this.#reads.settle();
  }

  /** Resolves pending calls as far as possible. A reader may deliver a chunk synchronously, hence a loop, not recursion. */
  serve(): void {
    this.#again = true;
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (this.#again) {
        this.#again = false;
        this.#serveNext();
      }
    } catch (error) {
      this.onFault(error);
    } finally {
      this.#isServing = false;
    }
  }

  #serveNext(): void {
    const { queue, isEnded } = this.#reads;
    if (isEnded) {
      this.#reads.settle();
      return;
    }
    const { reader } = this.#source;
    const item = this.#decoder.take();
    if (this.#decoder.takeContent()) reader.onData?.();
    if (item !== undefined) {
      queue.shift()?.resolve({ done: false, value: item });
      this.#again = queue.length > 0;
    } else if (this.#decoder.isOver) {
      this.#reads.finish(this.#decoder.isMarked);
    } else {
      pullFrom(reader, this);
    }
  }
}
