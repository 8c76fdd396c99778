import { exec } from "jsonpath-rfc9535";
import parse, { type JsonPathQuery } from "jsonpath-rfc9535/parser";
import type { Json, Pointer } from "./json.ts";

/** Thrown for a target that is not JSONPath, or that an overlay must not use. */
export class UnsupportedPathError extends Error {}

/**
 * Returns the places in `root` that `path` (JSONPath, RFC 9535) selects, in document order.
 *
 * An overlay uses only what names its places one by one: `.name`, `['name']`, `[0]`, `.*`, `[*]` and the filter
 * `[?@.name == 'value']`. Descendants, slices and lists of selectors are refused: they reach places that the author
 * did not name, or one place twice, which `remove` would then remove twice.
 */
export function select(root: Json, path: string): Pointer[] {
  if (!parsePath(path).segments.every(isSupported))
    throw new UnsupportedPathError(
      "this JSONPath is not supported in an overlay: use .name, ['name'], [0], .*, [*] or [?@.name == 'value']",
    );
  const found: Pointer[] = [];
  exec(root, path, (_, pointer) => void found.push([...pointer]));
  return found;
}

function parsePath(path: string): JsonPathQuery {
  try {
    return parse(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UnsupportedPathError(`this is not JSONPath (RFC 9535): ${error.message}`);
  }
}

function isSupported({ type, node }: JsonPathQuery["segments"][number]): boolean {
  if (type === "DescendantSegment") return false;
  if (node.type !== "BracketedSelection") return true;
  const [selector, ...more] = node.selectors;
  if (selector === undefined || more.length > 0 || selector.type === "SliceSelector") return false;
  if (selector.type !== "FilterSelector") return true;
  return selector.value.type === "ComparisonExpr" && selector.value.op === "==";
}
