import { decodeStrictly, decodeText } from "../utils/utf8.ts";
import type { Digest } from "./digest.ts";
import { httpError, httpErrorWithText, unprocessable } from "./http-error.ts";
import { boundaryOf, MultipartError, type PartHead, type PartSink, parseMultipart } from "./multipart.ts";

/** The stored properties of an uploaded file; its content is not kept. */
export interface ReceivedFile {
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A form as it was received; files and text fields by name, the last of a name wins. */
export interface ReceivedForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, ReceivedFile>;
}

const JSON_LIMIT_BYTES = 10 * 1024 * 1024;
const FIELD_LIMIT_BYTES = 1024 * 1024;
const DEPTH_LIMIT = 100;

/** Reads a JSON body; undefined when there is none. */
export async function readJson(
  body: AsyncIterable<Uint8Array> | undefined,
  contentType: string | undefined,
): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > JSON_LIMIT_BYTES)
      throw httpError(413, "RequestTooLargeError", "The JSON body is too large");
    chunks.push(chunk.slice());
  }
  const text = readText(chunks);
  if (text === "") return undefined;
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? "")) {
    throw unprocessable([{ loc: ["body"], msg: "Input should be application/json", type: "content_type" }]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidJson("JSON decode error");
  }
  if (isDeeperThan(value, DEPTH_LIMIT)) throw invalidJson("The JSON is nested too deeply");
  return value;
}

function readText(chunks: readonly Uint8Array[]): string {
  try {
    return decodeStrictly(concat(chunks)).replace(/^\uFEFF/, "");
  } catch {
    throw invalidJson("The body is not UTF-8");
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function invalidJson(msg: string): Error {
  return unprocessable([{ loc: ["body"], msg, type: "json_invalid" }]);
}

// Without recursion: the input chooses the depth.
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((entry) =>
      typeof entry === "object" && entry !== null ? Object.values(entry as Record<string, unknown>) : [],
    );
  }
  return false;
}

/** Reads a form; files are counted and hashed as they pass, and never kept. */
export async function readForm(
  body: AsyncIterable<Uint8Array> | undefined,
  contentType: string | undefined,
  createDigest: () => Digest,
): Promise<ReceivedForm> {
  const fields = new Map<string, string>();
  const files = new Map<string, ReceivedFile>();
  // A body that is not a form has no parts: every required part is missing.
  if (body === undefined || !/^multipart\/form-data\b/i.test(contentType ?? "")) return { fields, files };
  const open = (head: PartHead): PartSink =>
    head.filename === undefined &&
    (head.contentType === undefined || /^text\/plain\b/i.test(head.contentType))
      ? fieldSink(head.name, fields)
      : fileSink(head, files, createDigest());
  try {
    await parseMultipart(body, boundaryOf(contentType ?? ""), open);
  } catch (error) {
    if (error instanceof MultipartError)
      throw httpErrorWithText(400, `There was an error parsing the body: ${error.message}.`);
    throw error;
  }
  return { fields, files };
}

function fieldSink(name: string, fields: Map<string, string>): PartSink {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > FIELD_LIMIT_BYTES) throw new MultipartError("A text field is longer than 1 MiB");
      chunks.push(chunk.slice());
    },
    end: () => void fields.set(name, decodeText(concat(chunks))),
  };
}

function fileSink(head: PartHead, files: Map<string, ReceivedFile>, digest: Digest): PartSink {
  let sizeBytes = 0;
  return {
    write: (chunk) => {
      sizeBytes += chunk.length;
      digest.update(chunk);
    },
    end: () =>
      void files.set(head.name, {
        filename: head.filename,
        contentType: head.contentType ?? "application/octet-stream",
        sizeBytes,
        sha256: digest.hex(),
      }),
  };
}
