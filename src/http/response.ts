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

/** A successful response: parsed, with its bytes kept, or passed on with its body unread. */
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
      throw new HeidiError("The body belongs to the Response that asResponse() returned: read it there.", {
        outcome: "processed",
      });
    return this.#parsed.data;
  }

  /** The unread body; a parsed response has none. */
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

/** The maximum size of a response, after decompression; far larger than any response of the API. */
export const MAX_RESPONSE_BYTES: number = 32 * 1024 * 1024;
/** The maximum number of bytes that are read of an error response. */
export const MAX_ERROR_BYTES: number = 64 * 1024;

/** Returns true if a value has the properties of a response, whatever its class. */
export function isResponse<R extends { readonly status: number }>(value: unknown): value is R {
  if (typeof value !== "object" || value === null) return false;
  const { status, headers } = value as Partial<Response>;
  return typeof status === "number" && typeof headers === "object" && typeof headers?.get === "function";
}

/** Opens the body of a fetched response; undefined when there is none. */
export async function readerOf(response: Response): Promise<ResponseReader | undefined> {
  const { body, status } = response;
  if (typeof body?.getReader === "function") return body.getReader();
  if (hasNoBody(status)) return undefined;
  const { readFetchResponse } = await loadChunk(import("./fetch-response.ts"));
  return readFetchResponse(response);
}

/** Reads a whole body, at most `limitBytes`: if there is more, `complete` is false and the rest is cancelled. */
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

/** Parses the body of a successful response to the type of its operation. */
export function parseBody(operation: Operation, response: HttpResponse, bytes: Uint8Array): unknown {
  if (hasNoBody(response.status)) return undefined;
  if (operation.response === "bytes") return bytes;
  if (operation.response === "text") return decodeText(bytes);
  if (bytes.byteLength === 0) {
    // A response to HEAD, or to a path that is not in the operation table, may be empty.
    const isExpected = operation.response === "json" && operation.answer !== "optional" && !operation.label;
    if (response.framing === "close" && isExpected) {
      throw new HeidiDecodeError(
        "The response is truncated: the connection closed before any content arrived. The server processed the request; check its result before you repeat it.",
        { outcome: "processed" },
      );
    }
    return undefined;
  }
  const contentType = response.headers.get("content-type") ?? "";
  if (/^\s*(?:text\/html|application\/xhtml)/i.test(contentType)) {
    throw new HeidiDecodeError(
      "The response is an HTML page instead of JSON, from a proxy, a login page or a wrong baseUrl. Check baseUrl and the proxies in front of the API.",
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
    // JSON.parse quotes the text, which is patient data, in its message, so its error is not kept as the cause.
    throw new HeidiDecodeError("The response is not valid JSON. The server processed the request.", {
      outcome: "processed",
    });
  }
}

/** Returns true for the statuses whose responses have no body; `Response` rejects a body for them. */
export const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304;

/** Returns a platform `Response` with the bytes that were read, or with a stream of the unread body. */
export function toResponse(response: HttpResponse, bytes: Uint8Array | undefined): Response {
  const init = { status: response.status, headers: response.headers.toHeaders() };
  // The bytes are already decoded; with this header a reader would decode them again.
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
 * Converts a deployment's response to the shape of the spec. A response that already has this shape stays unchanged.
 *
 * - Unwraps an envelope when the response itself has no property of the spec and the object inside has one. Properties
 *   beside that object are kept, unless the object has a property of the same name.
 * - Renames a property when its value is not null and the property with the spec's name is missing or null.
 * - Copies the value of a missing or null property from its other place, which stays unchanged.
 *
 * A response with properties of the spec both outside and inside, or with both names of one property, is ambiguous: it
 * stays unchanged, because unwrapping or renaming would lose data.
 */
export function unwrapEnvelope(envelope: Envelope, body: unknown): unknown {
  if (Array.isArray(body) && envelope.list !== undefined)
    return unwrapEnvelope(envelope, { [envelope.list]: body });
  if (!isObject(body)) return body;
  const unwrapped = rename(envelope.names ?? {}, unwrap(envelope, body));
  for (const [place, sources] of Object.entries(envelope.fill ?? {}))
    for (const target of objectsAt(unwrapped, place === "" ? [] : place.split("."))) fill(target, sources);
  return unwrapped;
}

/** Returns the objects at a path, in which `*` means every item of a list. The body was parsed for this call, so the objects may be changed. */
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
    const { [key]: _unwrapped, ...beside } = body;
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
