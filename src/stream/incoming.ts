import { PartialText } from "./arrived.ts";
import { BodyDecoder } from "./body-decoder.ts";
import { textTooLongError } from "./faults.ts";
import { type ItemFields, throwErrorObject } from "./item.ts";
import { TextBuffer } from "./text-buffer.ts";

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
    // The one place where what the wire sent is taken for what the spec promises.
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
