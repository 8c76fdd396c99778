import { HeidiStreamError } from "../errors.ts";
import { encodeText } from "../utils/utf8.ts";
import { errorObject, itemTooLongError, malformedError, streamError, truncatedError } from "./errors.ts";
import { LineDecoder } from "./line-decoder.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";
import { DEFAULT_MAX_ITEM_BYTES, type Decoder, type Position, START } from "./types.ts";

const COLON = 0x3a;
const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const DATA_FIELD = [0x64, 0x61, 0x74, 0x61, COLON] as const;

const FIELDS = ["data", "event", "id", "retry"] as const;

const MAX_UNJOINED = 1024;
const NOT_JSON = "the data of an event must be JSON objects";

/** The value of a field line: one space after the colon belongs to the framing, all others to the text. */
function valueAfter(line: string, colon: number): string {
  return line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
}

/**
 * Decodes Server-Sent Events whose data are JSON objects. Lines end with LF, CRLF or CR; `data` lines of one event are joined;
 * comments, `id`, `retry`, unknown fields and events without data are skipped. `[DONE]` ends the
 * stream, `event: error` is an error. Because servers end with the connection, a last event without its blank line counts when
 * its JSON is complete; one without data yet is truncated. JSON outside of a `data` line is malformed, because skipping it would
 * silently lose text.
 */
export class SseDecoder implements Decoder {
  readonly #maxItemBytes: number;
  readonly #lines: LineDecoder;
  #finished = false;
  #content = false;
  #event = "";
  #data: string | undefined;
  /** Lines not yet joined to the data: joining a million short lines one by one would cost an object each. */
  #more: string[] = [];
  #dataLength = 0;
  /** The objects of an event that contains more than one. */
  #several: NdjsonDecoder | undefined;
  #last: object | undefined;
  #isLast = false;
  /** True when a field of an event was read, but not yet its blank line. */
  #isOpen = false;
  #sawEvent = false;
  #sawUnknownField = false;

  constructor(maxItemBytes: number = DEFAULT_MAX_ITEM_BYTES, start: Position = START) {
    this.#maxItemBytes = maxItemBytes;
    this.#lines = new LineDecoder(maxItemBytes, start);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Bytes copied so far; the tests of linear cost count them. */
  get copiedBytes(): number {
    return this.#lines.copiedBytes;
  }

  takeContent(): boolean {
    const content = this.#content || this.#lines.tailBeginsWith(DATA_FIELD);
    this.#content = false;
    return content;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  next(): object | undefined {
    for (;;) {
      if (this.#last !== undefined) {
        const last = this.#last;
        this.#last = undefined;
        return last;
      }
      if (this.#several !== undefined) {
        const item = this.#nextOfSeveral(this.#several);
        if (item !== undefined) return item;
      }
      if (this.#finished) return undefined;
      const paragraph =
        this.#data === undefined && this.#event === ""
          ? this.#lines.nextParagraph("data:", OPEN_BRACE)
          : undefined;
      if (paragraph !== undefined) {
        // The usual event, only one line of data, in one step.
        this.#content = true;
        this.#isOpen = false;
        const only = this.#parse(paragraph);
        if (only !== undefined) return only;
        this.#lines.mark(1);
        continue;
      }
      const line = this.#lines.next();
      if (line === undefined) return undefined;
      const item = line.length === 0 ? this.#dispatch() : this.#field(line);
      if (item !== undefined) return item;
    }
  }

  end(): void {
    const line = this.#lines.end();
    if (line !== undefined) this.#last = this.#field(line);
    const isHalfAField =
      line !== undefined &&
      (FIELDS.some((field) => field.startsWith(line)) || line === "data:" || line === "data: ");
    const hasNoData = this.#isOpen && this.#data === undefined && this.#event !== "error";
    if (isHalfAField || hasNoData) {
      this.#lines.mark();
      throw truncatedError(this.#lines.marked());
    }
    this.#isLast = true;
    this.#last ??= this.#dispatch();
    if (!this.#sawEvent && this.#sawUnknownField) {
      throw streamError(
        "unexpected-content",
        "The response was declared as an event stream, but contained no event.",
      );
    }
  }

  #field(line: string): object | undefined {
    if (line.startsWith("data") && (line.charCodeAt(4) === COLON || line.length === 4)) {
      return this.#appendData(valueAfter(line, 4));
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    if (FIELDS.some((field) => field === name)) this.#isOpen = true;
    if (name === "event") {
      this.#event = colon === -1 ? "" : valueAfter(line, colon);
    } else if (name !== "" && name !== "id" && name !== "retry") {
      if ('{["<\uFEFF'.includes(name.charAt(0))) {
        this.#lines.mark();
        throw malformedError("an event stream must contain only fields", this.#lines.marked());
      }
      this.#sawUnknownField = true;
    }
    return undefined;
  }

  #appendData(value: string): object | undefined {
    if (value.charCodeAt(0) === OPEN_BRACKET && value.trim() === "[DONE]") {
      this.#finished = true;
      this.#sawEvent = true;
      return this.#dispatch();
    }
    if (value !== "") this.#content = true;
    if (this.#data === undefined) {
      this.#data = value;
      this.#dataLength = value.length;
      this.#lines.mark();
      return undefined;
    }
    this.#dataLength += 1 + value.length;
    if (this.#dataLength > this.#maxItemBytes)
      throw itemTooLongError(this.#maxItemBytes, this.#lines.marked());
    if (this.#more.push(value) === MAX_UNJOINED) this.#data = this.#joined();
    return undefined;
  }

  #joined(): string | undefined {
    if (this.#data === undefined || this.#more.length === 0) return this.#data;
    const data = `${this.#data}\n${this.#more.join("\n")}`;
    this.#more = [];
    return data;
  }

  #dispatch(): object | undefined {
    const data = this.#joined();
    const event = this.#event;
    this.#data = undefined;
    this.#event = "";
    this.#isOpen = false;
    if (event === "error") throw errorObject(parseOrKeep(data));
    return data === undefined ? undefined : this.#parse(data);
  }

  /** Returns the object of one event. Undefined when it contains several or something else; `#several` decides. */
  #parse(data: string): object | undefined {
    this.#sawEvent = true;
    if (data.charCodeAt(0) === OPEN_BRACE) {
      try {
        return JSON.parse(data);
      } catch {
        // Several objects, or not JSON: distinguished below.
      }
    }
    this.#several = new NdjsonDecoder(this.#maxItemBytes);
    this.#several.push(encodeText(data));
    return undefined;
  }

  #nextOfSeveral(several: NdjsonDecoder): object | undefined {
    try {
      const item = several.next();
      if (item !== undefined) return item;
      several.end();
    } catch (error) {
      const isCut = this.#isLast && error instanceof HeidiStreamError && error.fault === "truncated";
      throw isCut ? truncatedError(this.#lines.marked()) : malformedError(NOT_JSON, this.#lines.marked());
    }
    this.#several = undefined;
    return undefined;
  }
}

function parseOrKeep(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
