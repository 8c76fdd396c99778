export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function get(node: Json | undefined, key: string): Json | undefined {
  return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

/** Returns the object under `key`, or an empty one, so that lookups can be chained. */
export function objectAt(node: Json | undefined, key: string): JsonObject {
  const value = get(node, key);
  return isObject(value) ? value : {};
}

export function listAt(node: Json | undefined, key: string): Json[] {
  const value = get(node, key);
  return Array.isArray(value) ? value : [];
}

export function textAt(node: Json | undefined, key: string): string | undefined {
  const value = get(node, key);
  return typeof value === "string" ? value : undefined;
}

/** Returns true for equal content; the order of keys does not matter. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

/** The path of a value from the root. */
export type Pointer = readonly (string | number)[];

/** Calls `visit` for every object in the tree, outermost first. */
export function walk(
  node: Json,
  visit: (object: JsonObject, pointer: Pointer) => void,
  pointer: Pointer = [],
): void {
  if (Array.isArray(node)) for (const [index, item] of node.entries()) walk(item, visit, [...pointer, index]);
  if (!isObject(node)) return;
  visit(node, pointer);
  for (const [key, value] of Object.entries(node)) walk(value, visit, [...pointer, key]);
}
