// What a value is, by its form and never by its class: frames, test environments, polyfills and second copies of a
// package bring classes of the same name that are none of this realm's.

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** A view's bytes, such as a Uint8Array or Buffer. */
export const isBytes = (value: unknown): value is Uint8Array => tagOf(value) === "Uint8Array";

export const isDate = (value: unknown): value is Date => tagOf(value) === "Date";

export const isRegExp = (value: unknown): value is RegExp => tagOf(value) === "RegExp";

export function isError(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  const { name, message } = value as Partial<Error>;
  return typeof name === "string" && typeof message === "string";
}

/** A promise of the engine's own, which is what an async function of any realm returns. */
export const isPromise = (value: unknown): value is Promise<unknown> => tagOf(value) === "Promise";

/** Something that can be awaited. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";

/** For what a listener gives back: a promise of it that fails is nobody's failure. */
export function ignoreFailure(result: unknown): void {
  if (isThenable(result)) result.then(undefined, () => undefined);
}

/** By what it has: jsdom's is another class than Node's. */
export function isUrl(value: unknown): value is URL {
  if (typeof value !== "object" || value === null) return false;
  const { href, protocol } = value as Partial<URL>;
  return typeof href === "string" && typeof protocol === "string";
}

/** A copy of a JSON value, which nothing of the original can change. */
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

/** True for text that is more than white space. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
