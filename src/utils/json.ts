/** The reason why a value cannot be written as JSON. */
export class NotJsonError extends Error {
  override readonly name: string = "NotJsonError";
}

/**
 * Converts a value to JSON; throws if JSON would lose a part of it. `JSON.stringify` returns `{}` for a FormData, a Map, a
 * Blob or an instance whose values are behind getters, and omits functions.
 *
 * @param described the names of the API's fields: read from an instance even if they are getters of its class.
 * @throws NotJsonError with the reason, which contains nothing of the value.
 */
export function toJson(value: unknown, described: readonly string[] = []): string {
  let text: string | undefined;
  try {
    const whole = withGetters(value, described);
    text = JSON.stringify(whole);
    check(whole);
  } catch (error) {
    if (error instanceof NotJsonError) throw error;
    // The engine's message would name the caller's fields.
    throw new NotJsonError("it has a circular reference, a BigInt, or a getter that throws");
  }
  if (text === undefined) throw new NotJsonError("it has no JSON form");
  return text;
}

/** Returns an instance as a plain object with the described fields that its class defines. */
export function withGetters(value: unknown, described: readonly string[]): unknown {
  if (!isInstance(value) || hasToJson(value)) return value;
  const defined = described.filter(
    (name) => name in value && !(name in Object.prototype) && !Object.hasOwn(value, name),
  );
  if (defined.length === 0) return value;
  return { ...value, ...Object.fromEntries(defined.map((name) => [name, Reflect.get(value, name)])) };
}

function check(value: unknown): void {
  if (typeof value === "function" || typeof value === "symbol")
    throw new NotJsonError(`it contains a ${typeof value}`);
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value))
    throw new NotJsonError("it contains bytes: pass a file as `multipart`, or bytes as text");
  if (hasToJson(value)) return;
  const items: unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (items.length === 0 && isInstance(value) && !isBoxed(value)) {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const kind = KINDS.has(tag) ? `a ${tag}` : "an instance without own fields";
    throw new NotJsonError(
      `it contains ${kind}, which JSON would write without its data: pass a plain object`,
    );
  }
  for (const item of items) check(item);
}

/** Names of the platform's classes, which reveal nothing of the caller's data. */
const KINDS: ReadonlySet<string> = new Set([
  "ArrayBuffer",
  "Blob",
  "File",
  "FormData",
  "Headers",
  "Map",
  "Promise",
  "ReadableStream",
  "RegExp",
  "Set",
  "URLSearchParams",
]);

/** True for an instance of a class. */
export function isInstance(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Works for any realm: the prototype of a plain object has no prototype.
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

const hasToJson = (value: object): boolean => typeof Reflect.get(value, "toJSON") === "function";
const isBoxed = (value: object): boolean =>
  /Number|String|Boolean/.test(Object.prototype.toString.call(value));
