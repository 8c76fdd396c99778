import { get, isObject, type Json, type JsonObject, type Pointer } from "./json.ts";
import { applyOverlay, type Touch } from "./overlay.ts";
import { stop } from "./problem.ts";
import type { Source } from "./source.ts";

/** The effective spec: the bundled file with every overlay applied. */
export interface Spec {
  readonly document: JsonObject;
  /** `file:line` of what is at `pointer`, in the bundled file or in the overlay that made it. */
  locate(pointer: Pointer): string;
}

export function createSpec(source: Source, overlays: readonly Source[] = []): Spec {
  const document = structuredClone(source.value);
  const touches = overlays.flatMap((overlay) => applyOverlay(document, overlay));
  return { document, locate: (pointer) => locate(source, touches, pointer) };
}

function locate(source: Source, touches: readonly Touch[], pointer: Pointer): string {
  const found = source.find(pointer);
  if (found.depth < pointer.length) {
    const inside = touches.findLast(
      (touch) => touch.pointer.length <= pointer.length && startsWith(pointer, touch.pointer),
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

/** Follows references until there is an object. Validation has proved before that every one resolves. */
export function deref(document: JsonObject, node: Json | undefined): JsonObject {
  const seen = new Set<string>();
  let current = node;
  for (;;) {
    if (!isObject(current)) return {};
    const ref = get(current, "$ref");
    if (typeof ref !== "string") return current;
    if (seen.has(ref)) stop(ref, "the reference leads back to itself: give it a definition");
    seen.add(ref);
    current = resolveRef(document, ref);
  }
}
