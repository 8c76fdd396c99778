import { fetchClient } from "./fetch-client.ts";
import type { Fetch, HttpClient, HttpRequest } from "./http-client.ts";
import { FetchFault } from "./outcome.ts";

/** Creates an HTTP client from any function with fetch's interface. Time limits apply even if the function ignores its signal. */
export function createFetchClient(fetch: Fetch): HttpClient {
  const wrapped: Fetch = async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw new FetchFault(error, (template, request) =>
        showsNone(request ? valuesOf(template, request) : [], error),
      );
    }
  };
  return fetchClient(wrapped, false);
}

/**
 * Returns true for an error that shows no value of the request: it and each of its causes have only a message and plain
 * fields, none of which contains a value, and its class has no rendering of its own. Errors of HTTP libraries do not
 * qualify, because they contain their request. `values` comes from `valuesOf`.
 */
function showsNone(values: readonly string[], error: unknown): boolean {
  try {
    return typeof error === "object" && error !== null ? isBare(values, error, 0) : isClean(values, error);
  } catch {
    return false; // a getter of a foreign error threw
  }
}

function isBare(values: readonly string[], error: unknown, depth: number): boolean {
  if (typeof error !== "object" || error === null || depth > 4) return false;
  if (!/^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(error))) return false;
  // JSON.parse quotes its input, which may be a response.
  if (Reflect.get(error, "name") === "SyntaxError") return false;
  if (RENDERERS.some((field) => Reflect.get(error, field) !== undefined)) return false;
  const inherited = inheritedGetters(error);
  if (inherited === undefined) return false;
  // A platform's error has a code, and its other fields may contain bytes of a response.
  const isPlatforms = typeof Reflect.get(error, "code") === "string";
  return [...Reflect.ownKeys(error), ...inherited, "message", "name"].every((field) => {
    const value: unknown = Reflect.get(error, field);
    if (field === "cause" && typeof value === "object" && value !== null)
      return isBare(values, value, depth + 1);
    if (inherited.has(field)) return isClean(values, value);
    if (typeof field !== "string" || (isPlatforms && typeof value === "string" && !KNOWN.has(field)))
      return false;
    return isClean(values, value);
  });
}

/** The methods that determine how JSON, inspection and string conversion show an object. */
const RENDERERS: readonly PropertyKey[] = [
  "toJSON",
  Symbol.for("nodejs.util.inspect.custom"),
  Symbol.toPrimitive,
];

/** Returns the getters of an error's class and its base classes; undefined if one of them has its own `toString`. */
function inheritedGetters(error: object): Set<PropertyKey> | undefined {
  const getters = new Set<PropertyKey>();
  let proto: object | null = Object.getPrototypeOf(error);
  for (; proto !== null; ) {
    const base: object | null = Object.getPrototypeOf(proto);
    if (base === null) return getters; // Object.prototype of any realm
    // The prototype before Object.prototype is the platform's own Error.prototype.
    if (Object.getPrototypeOf(base) !== null && Object.hasOwn(proto, "toString")) return undefined;
    for (const field of Reflect.ownKeys(proto)) {
      if (Object.getOwnPropertyDescriptor(proto, field)?.get) getters.add(field);
    }
    proto = base;
  }
  return getters;
}

const KNOWN: ReadonlySet<string> = new Set([
  "message",
  "name",
  "stack",
  "cause",
  "code",
  "syscall",
  "address",
  "hostname",
  "type",
]);

const isClean = (values: readonly string[], field: unknown): boolean => {
  if (field !== null && /^(?:object|function|symbol)$/.test(typeof field)) return false;
  const text = String(field).toLowerCase();
  return !values.some((value) => text.includes(value));
};

/** The minimum length of a value; shorter texts, such as a number or the word "id", occur in any message. */
const SHORTEST = 4;

/**
 * Returns the values that a request contains, in lower case: those of its address, without the words of its template, those
 * of its headers, and the strings of a JSON body. Each value is included encoded, as it was sent, and decoded.
 */
function valuesOf(template: string, { url, headers, body }: HttpRequest): string[] {
  const { host, pathname, search, searchParams } = new URL(url);
  const segments = pathname.split("/");
  const pattern = template.split("/");
  const inPath = pattern.flatMap((part, index) =>
    part.startsWith("{") ? [segments[segments.length - pattern.length + index] ?? ""] : [],
  );
  const inQuery = [...search.slice(1).split("&"), ...String(searchParams).split("&")].map((pair) =>
    pair.slice(pair.indexOf("=") + 1),
  );
  const values = [url, host, ...inPath, ...searchParams.values(), ...inQuery];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^(?:accept|content-type|user-agent)/.test(name)) values.push(value, value.replace(/^\w+ /, ""));
  }
  const content = body?.contentType.includes("json") ? body.open() : undefined;
  // The strings of a JSON text at any depth, without parsing it; property names, which precede a colon, are excluded.
  for (const [, text = "", colon] of typeof content === "string" ? content.matchAll(JSON_STRING) : []) {
    if (colon === undefined) values.push(text, String(JSON.parse(`"${text}"`)));
  }
  return [...values, ...values.map(decoded)]
    .filter((value) => value.length >= SHORTEST)
    .map((value) => value.toLowerCase());
}

const JSON_STRING = /"((?:[^"\\]|\\.)*)"(\s*:)?/g;

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
