import { type ErrorFacts, HeidiDecodeError, HeidiError } from "../errors.ts";
import { plainResponse } from "../platform.ts";
import type { ByteReader, StreamFraming } from "../stream/byte-reader.ts";
import { loadChunk } from "../utils/lazy.ts";
import { decodeText } from "../utils/utf8.ts";
import { isObject } from "../utils/values.ts";
import type { ResponseReader } from "./fetch-response.ts";
import type { HttpResponse } from "./http-client.ts";
import type { Envelope, Operation } from "./operation.ts";
import type { SettledCall } from "./promise.ts";

/** A successful answer: parsed with its bytes kept, or handed over with its body unread. */
export class ApiResponse<T> implements SettledCall<T> {
  readonly requestId: string | undefined;
  /** The facts of the call so far, for errors while the body is read. */
  readonly facts: ErrorFacts;
  readonly #response: HttpResponse;
  readonly #parsed: { readonly data: T; readonly bytes: Uint8Array } | undefined;

  constructor(
    response: HttpResponse,
    facts: ErrorFacts,
    parsed: { readonly data: T; readonly bytes: Uint8Array } | undefined,
  ) {
    this.#response = response;
    this.facts = facts;
    this.requestId = facts.requestId;
    this.#parsed = parsed;
  }

  data(): T {
    if (!this.#parsed)
      throw new HeidiError("The body was handed out by asResponse(): read it there.", {
        outcome: "processed",
      });
    return this.#parsed.data;
  }

  /** The unread body; only a handed-over answer has one. */
  get reader(): ByteReader {
    return this.#response.body;
  }

  get contentType(): string | undefined {
    return this.#response.headers.get("content-type") ?? undefined;
  }

  get framing(): StreamFraming | undefined {
    return this.#response.framing;
  }

  response(): Response {
    return toResponse(this.#response, this.#parsed?.bytes);
  }
}

/** Far larger than any response of the API; a larger one is a fault or an attack. Counted after decompression. */
export const MAX_RESPONSE_BYTES: number = 32 * 1024 * 1024;
/** The part of an error response that is read. */
export const MAX_ERROR_BYTES: number = 64 * 1024;

/** The properties that every response has, whatever its class. */
export function isResponse<R extends { readonly status: number }>(value: unknown): value is R {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers } = value as Partial<Response>;
  return typeof status === "number" && typeof headers === "object" && typeof headers?.get === "function";
}

/** Opens the body of what a fetch resolved with; undefined when there is none. */
export async function readerOf(response: Response): Promise<ResponseReader | undefined> {
  const { body, status } = response;
  if (typeof body?.getReader === "function") return body.getReader();
  if (hasNoBody(status)) return undefined;
  const { readFetchResponse } = await loadChunk(import("./fetch-response.ts"));
  return readFetchResponse(response);
}

/** Reads a body whole, or up to `limitBytes`: `complete` is false when there was more, and the rest is cancelled. */
export async function readBody(
  reader: ByteReader,
  limitBytes: number,
): Promise<{ bytes: Uint8Array; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await reader.read();
    if (chunk === undefined) return { bytes: concatBytes(chunks, size), complete: true };
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > limitBytes) {
      reader.cancel();
      return { bytes: concatBytes(chunks, size).subarray(0, limitBytes), complete: false };
    }
  }
}

function concatBytes(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first) return first;
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** A successful answer's body, to the shape its operation promises. */
export function parseBody(operation: Operation, response: HttpResponse, bytes: Uint8Array): unknown {
  if (hasNoBody(response.status)) return undefined;
  if (operation.response === "bytes") return bytes;
  if (operation.response === "text") return decodeText(bytes);
  if (bytes.byteLength === 0) {
    // A path outside of the table, and an answer to HEAD, may well be empty.
    const isDue = operation.response === "json" && operation.answer !== "optional" && !operation.label;
    if (response.framing === "close" && isDue) {
      throw new HeidiDecodeError(
        "The answer ended with its connection before it had any content: it was cut off. The request was processed; check what it did before you repeat it.",
        { outcome: "processed" },
      );
    }
    return undefined;
  }
  const contentType = response.headers.get("content-type") ?? "";
  if (/^\s*(?:text\/html|application\/xhtml)/i.test(contentType)) {
    throw new HeidiDecodeError(
      "The answer is a web page instead of JSON: a proxy, a login page or a wrong baseUrl answered in the API's place.",
      { outcome: "processed" },
    );
  }
  if (operation.response === "empty") return undefined;
  try {
    const body: unknown = JSON.parse(decodeText(bytes));
    // FastAPI's response without content.
    if (body === null && operation.answer === "optional") return undefined;
    return operation.envelope ? unwrapEnvelope(operation.envelope, body) : body;
  } catch {
    if (operation.answer === "optional") return undefined;
    // JSON.parse quotes the text in its message: patient data. Its error is no cause to keep.
    throw new HeidiDecodeError("The answer is not valid JSON.", { outcome: "processed" });
  }
}

/** Statuses whose answers have no body by definition; `Response` refuses one for them. */
export const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304;

/** A platform `Response` from what was read, or over a body that is still to be read. */
export function toResponse(response: HttpResponse, bytes: Uint8Array | undefined): Response {
  const init = { status: response.status, headers: response.headers.toHeaders() };
  // The bytes are decoded already; with these headers a reader would try again, or wait for another length.
  init.headers.delete("content-encoding");
  if (typeof Response === "undefined")
    return plainResponse(
      init.status,
      init.headers,
      async () => bytes ?? (await readBody(response.body, MAX_RESPONSE_BYTES)).bytes,
    );
  if (hasNoBody(response.status)) return new Response(null, init);
  if (bytes) return new Response(bytes as Uint8Array<ArrayBuffer>, init);
  const { body } = response;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await body.read();
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel: () => body.cancel(),
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, init);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Brings a deployment's answer to the shape of the spec, and leaves alone what has it already.
 *
 * - An envelope is opened when the answer has no property of the spec itself and the object inside has one. What lies
 *   beside the object stays, except where the object has a field of the same name.
 * - A property is renamed when it is not null and the spec's own name is missing or null.
 * - A property that is missing or null is filled from where else its value stands, which stays as it is.
 *
 * An answer with properties of the spec both outside and inside, or with both names of one property, is ambiguous: it
 * is taken as it is, for to open or rename it would lose something.
 */
export function unwrapEnvelope(envelope: Envelope, body: unknown): unknown {
  if (Array.isArray(body) && envelope.list !== undefined)
    return unwrapEnvelope(envelope, { [envelope.list]: body });
  if (!isObject(body)) return body;
  const opened = rename(envelope.names ?? {}, unwrap(envelope, body));
  for (const [place, sources] of Object.entries(envelope.fill ?? {}))
    for (const target of objectsAt(opened, place === "" ? [] : place.split("."))) fill(target, sources);
  return opened;
}

/** The objects at a place, where `*` is every item of a list. The body was parsed for this call, so it is filled in place. */
function objectsAt(value: unknown, [key, ...path]: readonly string[]): Record<string, unknown>[] {
  if (key === undefined) return isObject(value) ? [value] : [];
  if (key === "*") return Array.isArray(value) ? value.flatMap((item) => objectsAt(item, path)) : [];
  return isObject(value) && Object.hasOwn(value, key) ? objectsAt(value[key], path) : [];
}

function fill(target: Record<string, unknown>, sources: Readonly<Record<string, string>>): void {
  for (const [name, source] of Object.entries(sources)) {
    if (hasValue(target, name)) continue;
    const [key = "", inner] = source.split(".");
    const holder = inner === undefined ? target : target[key];
    const from = inner ?? key;
    if (isObject(holder) && hasValue(holder, from)) target[name] = holder[from];
  }
}

function unwrap({ around = [], own = [] }: Envelope, body: Fields): Fields {
  if (hasOne(own, body)) return body;
  for (const key of around) {
    const inner = Object.hasOwn(body, key) ? body[key] : undefined;
    if (!isObject(inner) || !hasOne(own, inner)) continue;
    const { [key]: _opened, ...beside } = body;
    return { ...beside, ...inner };
  }
  return body;
}

function rename(names: Readonly<Record<string, string>>, body: Fields): Fields {
  let renamed = body;
  for (const [name, target] of Object.entries(names)) {
    if (!hasValue(renamed, name) || hasValue(renamed, target)) continue;
    const { [name]: value, ...others } = renamed;
    renamed = { ...others, [target]: value };
  }
  return renamed;
}

const hasOne = (names: readonly string[], fields: Fields): boolean =>
  names.some((name) => Object.hasOwn(fields, name));

const hasValue = (fields: Fields, name: string): boolean =>
  Object.hasOwn(fields, name) && fields[name] !== undefined && fields[name] !== null;
