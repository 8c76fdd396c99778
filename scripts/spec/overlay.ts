import { exec } from "jsonpath-rfc9535";
import parse, { type JsonPathQuery } from "jsonpath-rfc9535/parser";
import { get, isObject, isSame, type Json, type JsonObject, listAt, type Pointer, textAt } from "./json.ts";
import { SpecError, stop } from "./problem.ts";
import type { Source } from "./source.ts";

/** A place in the document that an overlay changed, with the line of the action: problems there are reported at that line. */
export interface OverlayChange {
  readonly pointer: Pointer;
  readonly place: string;
}

/**
 * An action without effect: its target no longer exists, upstream already includes the change, or, in an overlay that only
 * fills gaps, upstream has filled the gap.
 */
export interface UnusedAction {
  readonly overlay: string;
  readonly index: number;
  readonly target: string;
  /** The action's description: the reason for it. */
  readonly why: string;
  readonly reason: "gone" | "arrived" | "filled";
  /** One line: the place, the problem and the fix. */
  readonly problem: string;
}

/** The key of an overlay that only fills gaps: what the description says itself is kept. */
const FILLS = "x-sdk-fill-gaps";

export interface Applied {
  readonly changes: readonly OverlayChange[];
  readonly unused: readonly UnusedAction[];
}

/**
 * Applies one overlay (OpenAPI Overlay 1.0.0) in place and returns the changes.
 *
 * Stricter than the standard, so that no mistake stays hidden: an action that matches nothing, changes nothing, or
 * gives no reason in `description` stops the build. A fix upstream therefore removes our patch. An overlay with
 * `x-sdk-fill-gaps: true` adds only keys that its targets lack, so that a text of upstream replaces ours.
 */
export function applyOverlay(document: JsonObject, overlay: Source): readonly OverlayChange[] {
  const { changes, unused } = tryOverlay(document, overlay);
  if (unused.length > 0) throw new SpecError(unused.map(({ problem }) => problem));
  return changes;
}

/** Applies one overlay like {@link applyOverlay}, but returns the unused actions instead of throwing. */
export function tryOverlay(document: JsonObject, overlay: Source): Applied {
  const { name, value } = overlay;
  if (!/^1\.0\.\d+$/.test(textAt(value, "overlay") ?? "")) {
    stop(
      `${name}:${overlay.find(["overlay"]).line}`,
      "not an Overlay 1.0 document: start it with `overlay: 1.0.0`",
    );
  }
  const actions = listAt(value, "actions");
  if (actions.length === 0) stop(`${name}:1`, "the overlay has no actions: add one or delete the file");
  const fills = get(value, FILLS) === true;
  const done = actions.map((action, index) => applyAction(document, action, overlay, index, fills));
  return {
    changes: done.flatMap((each) => (Array.isArray(each) ? each : [])),
    unused: done.flatMap((each) => (Array.isArray(each) ? [] : [each])),
  };
}

function applyAction(
  document: JsonObject,
  action: Json,
  overlay: Source,
  index: number,
  fills: boolean,
): OverlayChange[] | UnusedAction {
  const place = `${overlay.name}:${overlay.find(["actions", index]).line}`;
  const label = `action ${index + 1}`;
  const why = textAt(action, "description")?.trim().replace(/\s+/g, " ");
  if (!why) stop(place, `${label} has no \`description\`: give the reason and the evidence`);
  const what = `${label} ("${why}")`;
  const target = textAt(action, "target");
  if (target === undefined) stop(place, `${what} has no \`target\`: give it a JSONPath`);
  const update = get(action, "update");
  const removes = get(action, "remove") === true;
  if (removes === (update !== undefined))
    stop(place, `${what} must have either \`update\` or \`remove: true\``);

  const unused = (reason: UnusedAction["reason"], text: string): UnusedAction => ({
    overlay: overlay.name,
    index,
    target,
    why,
    reason,
    problem: `${place}: ${what} ${text}`,
  });
  const pointers = selectOrStop(document, target, place, what);
  if (pointers.length === 0) {
    return unused(
      "gone",
      `matches nothing at ${target}: the spec has changed; correct the target or delete the action`,
    );
  }
  const before = pointers.map((pointer) => structuredClone(nodeAt(document, pointer)));
  // From the last to the first, so that removing one array entry does not move the others.
  for (const pointer of pointers.toReversed()) {
    if (removes) removeAt(document, pointer, place, what);
    else updateAt(document, pointer, fills ? missingIn(document, pointer, update) : update, place, what);
  }
  // A removal always changes something.
  if (!removes && pointers.every((pointer, at) => isSame(before[at], nodeAt(document, pointer))))
    return fills
      ? unused("filled", "changes nothing: upstream has its own text here; delete the action")
      : unused("arrived", "changes nothing: upstream already includes this change; delete the action");
  return removes ? [] : pointers.map((pointer) => ({ pointer, place }));
}

function selectOrStop(document: JsonObject, target: string, place: string, what: string): Pointer[] {
  try {
    return select(document, target);
  } catch (error) {
    if (error instanceof UnsupportedPathError)
      stop(place, `${what} has the target ${target}: ${error.message}`);
    throw error;
  }
}

function removeAt(document: JsonObject, pointer: Pointer, place: string, what: string): void {
  const key = pointer.at(-1);
  const parent = nodeAt(document, pointer.slice(0, -1));
  if (key === undefined) stop(place, `${what} removes the whole document`);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (isObject(parent)) delete parent[key];
}

/** Returns the keys of an update that its target does not have. */
function missingIn(document: JsonObject, pointer: Pointer, update: Json | undefined): Json | undefined {
  const node = nodeAt(document, pointer);
  if (!isObject(node) || !isObject(update)) return update;
  return Object.fromEntries(Object.entries(update).filter(([key]) => !Object.hasOwn(node, key)));
}

function updateAt(
  document: JsonObject,
  pointer: Pointer,
  update: Json | undefined,
  place: string,
  what: string,
): void {
  const node = nodeAt(document, pointer);
  if (Array.isArray(node) && update !== undefined) node.push(structuredClone(update));
  else if (isObject(node) && isObject(update)) merge(node, update);
  else stop(place, `${what} must target objects or arrays, and update an object with an object`);
}

/** Merges objects, appends to lists, and replaces all other values. */
function merge(node: JsonObject, update: JsonObject): void {
  // A reference replaces the whole object: OpenAPI ignores keys beside it.
  if (Object.hasOwn(update, "$ref")) for (const key of Object.keys(node)) delete node[key];
  for (const [key, value] of Object.entries(update)) {
    const old = get(node, key);
    if (isObject(old) && isObject(value)) merge(old, value);
    else if (Array.isArray(old) && Array.isArray(value)) old.push(...structuredClone(value));
    else node[key] = structuredClone(value);
  }
}

function nodeAt(root: Json, pointer: Pointer): Json | undefined {
  return pointer.reduce<Json | undefined>(
    (node, key) => (Array.isArray(node) ? node[Number(key)] : get(node, String(key))),
    root,
  );
}

/** Thrown for a target that is not JSONPath, or that an overlay must not use. */
export class UnsupportedPathError extends Error {}

/**
 * Returns the places in `root` that `path` (JSONPath, RFC 9535) selects, in document order.
 *
 * An overlay may use only `.name`, `['name']`, `[0]`, `.*`, `[*]` and the filter `[?@.name == 'value']`. Descendants,
 * slices and lists of selectors are errors: they can select places that the author did not intend, or one place twice,
 * and `remove` would then remove a second entry.
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
