import type { StreamFraming } from "../stream/byte-reader.ts";
import type { ThrowInvalid } from "../utils/validate.ts";
import type { HeaderReader } from "./http-client.ts";

/** Headers of authentication, address and body framing; only the SDK sets them. */
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

/** Checks a caller's headers. An error names the invalid header and never quotes its value. Returns the names in lower case. */
export function checkHeaders(headers: unknown, throwInvalid: ThrowInvalid): Record<string, string | null> {
  const checked: Record<string, string | null> = Object.create(null);
  if (headers === undefined) return checked;
  // In a list a name may occur more than once, as in Headers; in an object the last spelling of a name wins.
  const isList = typeof headers === "object" && headers !== null && isIterable(headers);
  const seen = new Map<string, string | null | undefined>();
  for (const [name, value] of pairsOf(headers, throwInvalid)) {
    if (typeof name !== "string" || !TOKEN.test(name))
      throwInvalid("headers", "A name in `headers` is not a valid header name.");
    const key = name.toLowerCase();
    if (RESERVED.has(key)) {
      throwInvalid("headers", `The header \`${key}\` is set by the SDK and cannot be overridden.`);
    }
    if (value === undefined) continue;
    if (value !== null && (typeof value !== "string" || !VALUE.test(value))) {
      throwInvalid(
        "headers",
        `The value of the header \`${key}\` must be a string without line breaks, in Latin-1.`,
      );
    }
    const before = seen.get(key);
    checked[key] = typeof before === "string" && typeof value === "string" ? `${before}, ${value}` : value;
    if (isList) seen.set(key, checked[key]);
  }
  return checked;
}

/**
 * Returns the names and values of headers in any supported form: `Headers` of any realm or package, a `Map`, an iterable of
 * pairs, or an object. Rejects any other value, because it would be dropped silently.
 */
export function pairsOf(headers: unknown, throwInvalid: ThrowInvalid): Iterable<readonly [unknown, unknown]> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers))
    return throwInvalid("headers", NO_HEADERS);
  if (isIterable(headers)) {
    return Array.from(headers, (pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) return throwInvalid("headers", NO_HEADERS);
      return [pair[0], pair[1]] as const;
    });
  }
  const entries = Object.entries(headers);
  const { forEach } = headers as { forEach?: unknown };
  if (entries.length > 0 || isPlain(headers)) return entries;
  if (typeof forEach !== "function") return throwInvalid("headers", NO_HEADERS);
  // The Headers of old polyfills support only forEach.
  const pairs: [unknown, unknown][] = [];
  forEach.call(headers, (value: unknown, name: unknown) => pairs.push([name, value]));
  return pairs;
}

const NO_HEADERS =
  "The option `headers` must be an object of strings, a Headers object, a Map, or an iterable of names with their values.";

const isIterable = (value: object): value is Iterable<unknown> =>
  typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";

/** Returns true for a plain object of any realm: without a prototype, or with one that has no prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The response headers of a platform's fetch. */
export class FetchedHeaders implements HeaderReader {
  readonly #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    return this.#headers.get(name);
  }

  /** Returns a copy: the headers of a fetched response are read-only. */
  toHeaders(): Headers {
    return new Headers(this.#headers);
  }
}

/** Returns the framing that marks the end of a response, from its headers; undefined if they do not define it. */
export function framingOf(headers: HeaderReader): StreamFraming | undefined {
  if (/(?:^|,)\s*chunked\s*$/i.test(headers.get("transfer-encoding") ?? "")) return "chunked";
  return headers.get("content-length") === null ? undefined : "length";
}

const REQUEST_ID = /^[A-Za-z0-9_.:/+=-]{1,128}$/;

/** Returns the server's request id, if its format is valid. Errors show the id, so no other text may pass as one. */
export function requestIdOf(headers: HeaderReader): string | undefined {
  for (const name of ["x-request-id", "request-id", "x-amzn-requestid", "x-amz-cf-id", "cf-ray"]) {
    const value = headers.get(name);
    if (value !== null && REQUEST_ID.test(value)) return value;
  }
  return undefined;
}
