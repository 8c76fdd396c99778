// Checks values by their shape, never by their class: frames, test environments, polyfills and second copies of a package
// have their own classes of the same name.

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** True for a Uint8Array or Buffer. */
export const isBytes = (value: unknown): value is Uint8Array => tagOf(value) === "Uint8Array";

export const isDate = (value: unknown): value is Date => tagOf(value) === "Date";

export const isRegExp = (value: unknown): value is RegExp => tagOf(value) === "RegExp";

export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  const { name, message } = value as Partial<Error>;
  return typeof name === "string" && typeof message === "string";
}

/** True for a native promise, which an async function of any realm returns. */
export const isPromise = (value: unknown): value is Promise<unknown> => tagOf(value) === "Promise";

/** True for an object with a `then` method. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";

/** Ignores the rejection of a promise that a listener returned. */
export function ignoreFailure(result: unknown): void {
  if (isThenable(result)) result.then(undefined, () => undefined);
}

/** True for a URL, by its properties: jsdom's class is not Node's. */
export function isUrl(value: unknown): value is URL {
  if (typeof value !== "object" || value === null) return false;
  const { href, protocol } = value as Partial<URL>;
  return typeof href === "string" && typeof protocol === "string";
}

/** Returns a deep copy of a JSON value. */
export function clone<T>(value: T): T {
  // Jest's jsdom has no structuredClone.
  if (value === undefined) return value;
  return typeof structuredClone === "function" ? structuredClone(value) : JSON.parse(JSON.stringify(value));
}

/** True for an object that is not a list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the object's own property; undefined for a value that has none of that name. */
export function getProperty(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** Returns the first of these properties that is a list; undefined when none is. */
export function getList(value: unknown, ...names: readonly string[]): readonly unknown[] | undefined {
  return names.map((name) => getProperty(value, name)).find((property) => Array.isArray(property));
}

/** True for a string with a character that is not white space. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
