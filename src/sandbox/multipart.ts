import { decodeStrictly, encodeText } from "../utils/utf8.ts";

/** The headers of one part, by lower-case name. */
export interface PartHead {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

/** The receiver of one part's bytes as they arrive. A chunk is only valid during the call. */
export interface PartSink {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** The error for a body that is not `multipart/form-data` (RFC 7578). */
export class MultipartError extends Error {
  override readonly name: string = "MultipartError";
}

const CR = 13;
const HYPHEN = 45;
const HEAD_LIMIT_BYTES = 16 * 1024;
const PART_LIMIT = 200;

/** The boundary of a `multipart/form-data` content type. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary=(?:"([^"\r\n]+)"|([^\s;",]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw new MultipartError("The content type has no boundary");
  if (boundary.length > 70) throw new MultipartError("The boundary is longer than 70 characters");
  return boundary;
}

// Our own, because no library for every runtime has constant memory and is strict: `@remix-run/multipart-parser` keeps each
// part in memory, and `multipasta` takes some bodies that are cut off for whole ones.
/** Reads a body part by part in constant memory; `open` returns a sink when a part's headers are complete. */
export async function parseMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  open: (head: PartHead) => PartSink,
): Promise<void> {
  const parser = new Parser(boundary, open);
  for await (const chunk of body) parser.write(chunk);
  parser.end();
}

type State = "preamble" | "delimited" | "head" | "data" | "epilogue";

class Parser {
  readonly #delimiter: Uint8Array;
  readonly #open: (head: PartHead) => PartSink;
  #state: State = "preamble";
  // The body's first boundary needs no line break before it; with one, all boundaries have the same form.
  #rest: Uint8Array = Uint8Array.of(13, 10);
  #sink: PartSink | undefined;
  #parts = 0;

  constructor(boundary: string, open: (head: PartHead) => PartSink) {
    this.#delimiter = encodeText(`\r\n--${boundary}`);
    this.#open = open;
  }

  write(chunk: Uint8Array): void {
    if (this.#state === "epilogue") return;
    let data = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    let step: Uint8Array | undefined = data;
    while (step !== undefined) {
      data = step;
      step = this.#advance(data);
    }
    // A copy: the chunk's memory belongs to the sender once this returns.
    this.#rest = data.slice();
  }

  end(): void {
    if (this.#state !== "epilogue") throw new MultipartError("The body ends before its last boundary");
  }

  /** Consumes complete units and returns the remainder; returns undefined when it keeps the remainder in `#rest`. */
  #advance(data: Uint8Array): Uint8Array | undefined {
    switch (this.#state) {
      case "preamble":
      case "data":
        return this.#content(data);
      case "delimited":
        return this.#delimited(data);
      case "head":
        return this.#head(data);
      case "epilogue":
        return undefined;
    }
  }

  #content(data: Uint8Array): Uint8Array | undefined {
    const { at, whole } = indexOfDelimiter(data, this.#delimiter);
    if (at > 0) this.#sink?.write(data.subarray(0, at));
    if (!whole) {
      if (at === 0) return undefined;
      // Runs once more on the tail, which then cannot shrink further.
      return data.subarray(at);
    }
    this.#sink?.end();
    this.#sink = undefined;
    this.#state = "delimited";
    return data.subarray(at + this.#delimiter.length);
  }

  #delimited(data: Uint8Array): Uint8Array | undefined {
    let at = 0;
    while (data[at] === 32 || data[at] === 9) at += 1;
    if (at > 256) throw new MultipartError("A boundary is followed by too much white space");
    if (data.length < at + 2) return undefined;
    if (data[at] === HYPHEN && data[at + 1] === HYPHEN) {
      this.#state = "epilogue";
      return new Uint8Array(0);
    }
    if (data[at] !== CR || data[at + 1] !== 10)
      throw new MultipartError("A boundary is not followed by a line break");
    this.#state = "head";
    // The line break stays, so that a part without headers also ends in an empty line.
    return data.subarray(at);
  }

  #head(data: Uint8Array): Uint8Array | undefined {
    const at = indexOfEmptyLine(data);
    if (at === -1) {
      if (data.length > HEAD_LIMIT_BYTES) throw new MultipartError("A part's headers are too long");
      return undefined;
    }
    if (at > HEAD_LIMIT_BYTES) throw new MultipartError("A part's headers are too long");
    this.#parts += 1;
    if (this.#parts > PART_LIMIT) throw new MultipartError(`There are more than ${PART_LIMIT} parts`);
    this.#sink = this.#open(parseHead(data.subarray(2, Math.max(2, at))));
    this.#state = "data";
    return data.subarray(at + 4);
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** The index of the delimiter, whole or cut off by the end of the data; the data's length when there is none. */
function indexOfDelimiter(data: Uint8Array, delimiter: Uint8Array): { at: number; whole: boolean } {
  let at = data.indexOf(CR);
  while (at !== -1) {
    let matched = 1;
    while (matched < delimiter.length && data[at + matched] === delimiter[matched]) matched += 1;
    if (matched === delimiter.length) return { at, whole: true };
    if (at + matched >= data.length) return { at, whole: false };
    at = data.indexOf(CR, at + 1);
  }
  return { at: data.length, whole: false };
}

function indexOfEmptyLine(data: Uint8Array): number {
  let at = data.indexOf(CR);
  while (at !== -1 && at + 3 < data.length) {
    if (data[at + 1] === 10 && data[at + 2] === CR && data[at + 3] === 10) return at;
    at = data.indexOf(CR, at + 1);
  }
  return -1;
}

function parseHead(bytes: Uint8Array): PartHead {
  let text: string;
  try {
    text = decodeStrictly(bytes);
  } catch (cause) {
    throw new MultipartError("A part's headers are not UTF-8", { cause });
  }
  let disposition: string | undefined;
  let contentType: string | undefined;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon === -1) {
      if (line === "") continue;
      throw new MultipartError("A part has a header line without a colon");
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === "content-disposition") disposition = line.slice(colon + 1).trim();
    if (name === "content-type") contentType = line.slice(colon + 1).trim();
  }
  if (disposition === undefined || !/^form-data\s*;/i.test(disposition)) {
    throw new MultipartError("A part has no form-data disposition");
  }
  const name = parameter(disposition, "name");
  if (name === undefined) throw new MultipartError("A part has no name");
  return { name, filename: parameter(disposition, "filename"), contentType };
}

function parameter(disposition: string, key: string): string | undefined {
  const found = new RegExp(`;\\s*${key}=(?:"([^"]*)"|([^\\s;"]+))`, "i").exec(disposition);
  const value = found?.[1] ?? found?.[2];
  // Browsers escape just these three (WHATWG, multipart/form-data encoding).
  return value?.replace(/%(22|0D|0A)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
