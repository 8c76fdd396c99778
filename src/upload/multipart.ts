import { HeidiArgumentError, HeidiError } from "../errors.ts";
import { throwIfAborted } from "../utils/abort.ts";
import { toJson } from "../utils/json.ts";
import { encodeText } from "../utils/utf8.ts";
import type { Rules } from "../utils/validate.ts";
import { isDate, isThenable } from "../utils/values.ts";
import { kindOf, notAFile, uploadError } from "./errors.ts";
import { isFileInput, sourceOf } from "./file.ts";
import type { FileSource } from "./file-source.ts";
import { quoteParameter, safeFilename } from "./filename.ts";
import { resolveMediaType } from "./media-type.ts";
import { MultipartEncoder, type Part } from "./multipart-encoder.ts";
import type { RequestBody } from "./types.ts";
import { trackEnd } from "./unsent-end.ts";

/**
 * Encodes a `multipart/form-data` body with its exact length, without ever holding a file in memory.
 *
 * It checks files before anything is sent. Call it as soon as the arguments are known: it adds error listeners to Node
 * streams, whose early failure would otherwise end the process.
 *
 * @param options.audio true when files are recordings: their parts always have an `audio/*` type.
 * @param options.signal aborts the encoding: a stream may never deliver the first bytes that determine its type.
 * @throws HeidiArgumentError for a value that is not a file; HeidiUploadError for a missing, empty or unreadable file.
 */
export async function createMultipart(
  fields: Record<string, unknown>,
  rules: Rules,
  options: { audio: boolean; signal?: AbortSignal },
): Promise<RequestBody> {
  const boundary = createBoundary();
  const entries = collect(fields, rules);
  const drop = (): void => releaseAll(entries);
  try {
    throwIfAborted(options.signal);
    options.signal?.addEventListener("abort", drop, { once: true });
    const parts: Part[] = [];
    for (const { name, value } of await Promise.all(entries.map(settled))) {
      parts.push(
        typeof value === "string"
          ? { text: encodeText(`${opening(boundary, name)}\r\n\r\n${value}\r\n`) }
          : await filePart(boundary, name, value, options.audio),
      );
    }
    return bodyOf(boundary, parts, Object.values(fields));
  } catch (error) {
    drop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", drop);
  }
}

type Value = string | FileSource;
type Entry = { readonly name: string; readonly value: Value | Promise<Value> };

async function settled({ name, value }: Entry): Promise<{ name: string; value: Value }> {
  return { name, value: await value };
}

function releaseAll(entries: readonly Entry[]): void {
  for (const { value } of entries) {
    if (isThenable(value)) value.then(release, () => {});
    else release(value);
  }
}

function release(value: Value): void {
  if (typeof value !== "string") value.release();
}

function collect(fields: Record<string, unknown>, rules: Rules): Entry[] {
  if (typeof fields !== "object" || fields === null) {
    throw new HeidiArgumentError(
      "body",
      `"body" must be an object of form fields, but it is ${kindOf(fields)}; nothing was sent.`,
    );
  }
  const entries: Entry[] = [];
  try {
    for (const name of Object.keys(fields)) {
      const value = readField(fields, name);
      const isFile = ruleOf(rules, name) === "file";
      // An optional file may be omitted; null is a mistake, for example an <input> without a selection.
      if (value === undefined || (value === null && !isFile)) continue;
      if (isFile) entries.push({ name, value: readFile(name, value) });
      else {
        const isDescribed = ruleOf(rules, name) !== undefined;
        for (const item of Array.isArray(value) ? value : [value])
          entries.push(...entryOf(name, item, isDescribed));
      }
    }
    requireFile(entries, rules);
  } catch (error) {
    releaseAll(entries);
    throw error;
  }
  return entries;
}

function entryOf(name: string, item: unknown, isDescribed: boolean): Entry[] {
  if (item === undefined || item === null) return [];
  return [{ name, value: !isDescribed && isFileInput(item) ? readFile(name, item) : fieldText(name, item) }];
}

function ruleOf(rules: Rules, name: string): string | undefined {
  return Object.hasOwn(rules, name) ? rules[name]?.type : undefined;
}

/** Throws for an upload without a file, even if the API's description does not require one. */
function requireFile(entries: readonly Entry[], rules: Rules): void {
  const files = Object.keys(rules).filter((name) => rules[name]?.type === "file");
  const given = (name: string): boolean => entries.some((entry) => entry.name === name);
  const missing = files.find((name) => rules[name]?.required === true && !given(name));
  const [first] = files;
  if (missing !== undefined) throw notAFile(missing, "missing");
  if (first !== undefined && entries.every(({ value }) => typeof value === "string"))
    throw notAFile(first, "missing");
}

function readField(fields: Record<string, unknown>, name: string): unknown {
  try {
    return fields[name];
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function readFile(name: string, value: unknown): FileSource | Promise<FileSource> {
  try {
    return sourceOf(name, value);
  } catch (cause) {
    throw cause instanceof HeidiError ? cause : unreadable(name, cause);
  }
}

/** Returns the error for a getter of the caller's object that threw. */
function unreadable(name: string, cause: unknown): HeidiArgumentError {
  return new HeidiArgumentError(
    name,
    `"${name}" could not be read: one of its getters threw an error; nothing was sent.`,
    { cause },
  );
}

async function filePart(boundary: string, name: string, source: FileSource, audio: boolean): Promise<Part> {
  if (source.sizeBytes === 0)
    throw uploadError(`The file in "${name}" is empty (0 bytes); nothing was sent.`);
  const head = async (): Promise<Uint8Array> => {
    const type = await resolveMediaType(source, name, audio);
    const filename = quoteParameter(safeFilename(source.filename, type, audio));
    return encodeText(`${opening(boundary, name)}; filename=${filename}\r\nContent-Type: ${type}\r\n\r\n`);
  };
  // Without a size, the total length is unknown anyway, so the first bytes are awaited while sending.
  return { name, source, head: source.sizeBytes === undefined ? head : await head() };
}

function opening(boundary: string, name: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name=${quoteParameter(name)}`;
}

function bodyOf(boundary: string, parts: readonly Part[], files: readonly unknown[]): RequestBody {
  const end = encodeText(`--${boundary}--\r\n`);
  const contentType = `multipart/form-data; boundary=${boundary}`;
  let attempt: MultipartEncoder | undefined;
  let wasEndReached = false;
  let isBlob = false;
  const body: RequestBody = {
    contentType,
    sizeBytes: sizeOf(parts, end),
    replayable: parts.every((part) => "text" in part || part.source.replayable),
    open(options = {}) {
      // One attempt at a time: a sender that hangs in the previous one must not keep its file open.
      wasEndReached ||= attempt?.isEndReached === true;
      void attempt?.return();
      attempt = new MultipartEncoder(parts, end, options);
      return attempt;
    },
    blob() {
      isBlob = true;
      return blobOf(parts, end, contentType);
    },
    release() {
      void attempt?.return();
      for (const part of parts) if (!("text" in part)) part.source.release();
    },
  };
  // A platform that takes the whole body does not report what it has sent, and a middleware can send a body of its own.
  const mayEndBeSent = (): boolean => isBlob || wasEndReached || (attempt?.isEndReached ?? true);
  for (const file of files) trackEnd(file, mayEndBeSent);
  return body;
}

const LINE_END_BYTES = 2;

function sizeOf(parts: readonly Part[], end: Uint8Array): number | undefined {
  let size = end.byteLength;
  for (const part of parts) {
    if ("text" in part) size += part.text.byteLength;
    else if (part.source.sizeBytes === undefined || typeof part.head === "function") return undefined;
    else size += part.head.byteLength + part.source.sizeBytes + LINE_END_BYTES;
  }
  return size;
}

function blobOf(parts: readonly Part[], end: Uint8Array, type: string): Blob | undefined {
  const pieces: BlobPart[] = [];
  for (const part of parts) {
    if ("text" in part) {
      pieces.push(part.text.slice());
      continue;
    }
    const blob = part.source.blob?.();
    if (blob === undefined || typeof part.head === "function") return undefined;
    pieces.push(part.head.slice(), blob, "\r\n");
  }
  return new Blob([...pieces, end.slice()], { type });
}

/** Returns a boundary of 144 random bits, which no content contains. */
function createBoundary(): string {
  const random = new Uint8Array(18);
  // React Native has no `crypto`; the boundary does not have to be secret.
  if (globalThis.crypto?.getRandomValues === undefined) {
    for (const index of random.keys()) random[index] = Math.floor(Math.random() * 256);
  } else globalThis.crypto.getRandomValues(random);
  return `heidi-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Returns the text of a form field: scalars unchanged, dates as ISO 8601 in UTC, objects as JSON. */
export function fieldText(name: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (Number.isFinite(value)) return String(value);
      break;
    case "object":
      return objectText(name, value);
  }
  throw invalidField(name, typeof value === "number" ? "not a finite number" : kindOf(value));
}

function objectText(name: string, value: unknown): string {
  if (isDate(value)) {
    const time = Number(value);
    if (Number.isNaN(time)) throw invalidField(name, "an invalid date");
    return new Date(time).toISOString();
  }
  // The same text as in a query.
  if (Object.prototype.toString.call(value) === "[object URL]") return String(value);
  try {
    return toJson(value);
  } catch (error) {
    throw invalidField(name, `an object that cannot be written as JSON: ${(error as Error).message}`);
  }
}

function invalidField(name: string, found: string): HeidiArgumentError {
  return new HeidiArgumentError(
    name,
    `"${name}" cannot be sent as a form field: it is ${found}; nothing was sent.`,
  );
}
