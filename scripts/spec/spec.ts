import { get, isObject, type Json, type JsonObject, type Pointer } from "./json.ts";
import { type OverlayChange, tryOverlay, type UnusedAction } from "./overlay.ts";
import { SpecError, stop } from "./problem.ts";
import type { Source } from "./source.ts";

/** The effective spec: the bundled file with every overlay applied. */
export interface Spec {
  readonly document: JsonObject;
  /** Returns `file:line` of the value at `pointer`: in the bundled file, or in the overlay that added it. */
  locate(pointer: Pointer): string;
}

/** Returns the effective spec; throws an error that lists every overlay action without effect. */
export function createSpec(source: Source, overlays: readonly Source[] = []): Spec {
  const { spec, unused } = trySpec(source, overlays);
  if (unused.length > 0) throw new SpecError(unused.map(({ problem }) => problem));
  return spec;
}

/** Returns the effective spec and the overlay actions that have no effect on it. */
export function trySpec(
  source: Source,
  overlays: readonly Source[],
): { readonly spec: Spec; readonly unused: readonly UnusedAction[] } {
  const document = structuredClone(source.value);
  const applied = overlays.map((overlay) => tryOverlay(document, overlay));
  const changes = applied.flatMap((each) => each.changes);
  const unused = applied.flatMap((each) => each.unused);
  return { spec: { document, locate: (pointer) => locate(source, changes, pointer) }, unused };
}

function locate(source: Source, changes: readonly OverlayChange[], pointer: Pointer): string {
  const found = source.find(pointer);
  if (found.depth < pointer.length) {
    const inside = changes.findLast(
      (change) => change.pointer.length <= pointer.length && startsWith(pointer, change.pointer),
    );
    if (inside && inside.pointer.length >= found.depth) return inside.place;
  }
  return `${source.name}:${found.line}`;
}

function startsWith(pointer: Pointer, prefix: Pointer): boolean {
  return prefix.every((step, index) => String(step) === String(pointer[index]));
}

/** Splits `#/components/schemas/A~1b` into its steps; undefined for anything but a local reference. */
export function parseRef(ref: string): string[] | undefined {
  if (!ref.startsWith("#/")) return undefined;
  return ref
    .slice(2)
    .split("/")
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function resolveRef(document: JsonObject, ref: string): Json | undefined {
  return parseRef(ref)?.reduce<Json | undefined>(
    (node, step) => (Array.isArray(node) ? node[Number(step)] : get(node, step)),
    document,
  );
}

/** Follows references to an object. Validation has already checked that each one resolves. */
export function deref(document: JsonObject, node: Json | undefined): JsonObject {
  const seen = new Set<string>();
  let current = node;
  for (;;) {
    if (!isObject(current)) return {};
    const ref = get(current, "$ref");
    if (typeof ref !== "string") return current;
    if (seen.has(ref)) stop(ref, "the reference is circular: give it a definition");
    seen.add(ref);
    current = resolveRef(document, ref);
  }
}
