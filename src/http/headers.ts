import type { StreamFraming } from "../stream/byte-reader.ts";
import type { ThrowInvalid } from "../utils/validate.ts";
import type { HeaderReader } from "./http-client.ts";

/** Headers that decide who is asking, where, or how the body is framed: the SDK's alone. */
const RESERVED: ReadonlySet<string> = new Set([
  "accept-encoding",
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "heidi-api-key",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Checks a caller's headers; a bad one is named, its value never quoted. Names come back in lower case. */
export function checkHeaders(headers: unknown, refuse: ThrowInvalid): Record<string, string | null> {
  const checked: Record<string, string | null> = Object.create(null);
  if (headers === undefined) return checked;
  // In a list a name may be repeated, as in Headers; in an object the last spelling counts.
  const isList = typeof headers === "object" && headers !== null && isIterable(headers);
  const seen = new Map<string, string | null | undefined>();
  for (const [name, value] of pairsOf(headers, refuse)) {
    if (typeof name !== "string" || !TOKEN.test(name))
      refuse("headers", "A name in `headers` is not a valid header name.");
    const key = name.toLowerCase();
    if (RESERVED.has(key)) {
      refuse("headers", `The header \`${key}\` is set by the SDK and cannot be overridden.`);
    }
    if (value === undefined) continue;
    if (value !== null && (typeof value !== "string" || !VALUE.test(value))) {
      refuse("headers", `The value of the header \`${key}\` must be a string of one line, in Latin-1.`);
    }
    const before = seen.get(key);
    checked[key] = typeof before === "string" && typeof value === "string" ? `${before}, ${value}` : value;
    if (isList) seen.set(key, checked[key]);
  }
  return checked;
}

/**
 * Names and values of headers in any form that holds them: `Headers` of whatever realm or copy, a `Map`, an iterable of
 * pairs, an object. What can be read as none of these is refused: it would be dropped in silence.
 */
export function pairsOf(headers: unknown, refuse: ThrowInvalid): Iterable<readonly [unknown, unknown]> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers))
    return refuse("headers", NO_HEADERS);
  if (isIterable(headers)) {
    return Array.from(headers, (pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) return refuse("headers", NO_HEADERS);
      return [pair[0], pair[1]] as const;
    });
  }
  const entries = Object.entries(headers);
  const { forEach } = headers as { forEach?: unknown };
  if (entries.length > 0 || isPlain(headers)) return entries;
  if (typeof forEach !== "function") return refuse("headers", NO_HEADERS);
  // The Headers of old polyfills can do no more.
  const pairs: [unknown, unknown][] = [];
  forEach.call(headers, (value: unknown, name: unknown) => pairs.push([name, value]));
  return pairs;
}

const NO_HEADERS =
  "The option `headers` must be an object of strings, a Headers object, a Map, or an iterable of names with their values.";

const isIterable = (value: object): value is Iterable<unknown> =>
  typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";

/** Plain in whatever realm: an object whose prototype is none, or one that has none. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Response headers of a platform's fetch. */
export class FetchedHeaders implements HeaderReader {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    return this.#headers.get(name);
  }

  /** A copy: the headers of a fetched response cannot be changed, and are not ours to change. */
  toHeaders(): Headers {
    return new Headers(this.#headers);
  }
}

/** How an answer's headers say that its end will be known; undefined when they do not. */
export function framingOf(headers: HeaderReader): StreamFraming | undefined {
  if (/(?:^|,)\s*chunked\s*$/i.test(headers.get("transfer-encoding") ?? "")) return "chunked";
  return headers.get("content-length") === null ? undefined : "length";
}

const REQUEST_ID = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

/** The server's id of a request, if it has the form of one (an id is shown in errors, so nothing else may pass as one). */
export function requestIdOf(headers: HeaderReader): string | undefined {
  for (const name of ["x-request-id", "request-id", "x-amzn-requestid", "x-amz-cf-id", "cf-ray"]) {
    const value = headers.get(name);
    if (value !== null && REQUEST_ID.test(value)) return value;
  }
  return undefined;
}
