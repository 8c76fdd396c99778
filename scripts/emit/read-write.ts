import { get, isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import { listOperations } from "../spec/paths.ts";
import { parseRef, resolveRef } from "../spec/spec.ts";
import { schemasOf } from "../spec/validate.ts";

/** Marks for the transform in `schema.ts`, which turns them into types. */
export const OPEN_ENUM = "x-sdk-open-enum";
export const BYTES = "x-sdk-bytes";

const SCHEMA_REF = "#/components/schemas/";
const DATA_KEYS = ["example", "examples", "default", "const", "enum"];

/**
 * Returns the document for the type generator: response schemas are marked, request schemas stay unchanged.
 *
 * A component that only responses use is marked in place. One that requests use too, and that contains an enum, is
 * split: requests keep the closed enum under its own name, responses get the marked copy `…Received`. So a typing
 * mistake in a request does not compile, while a value that the server adds later does.
 */
export function splitReadWrite(original: JsonObject): JsonObject {
  const document = structuredClone(original);
  const operations = listOperations(document);
  const sent = reachableRefs(
    document,
    operations.flatMap(({ parameters, operation }) => [...parameters, get(operation, "requestBody")]),
  );
  const received = reachableRefs(
    document,
    operations.map(({ operation }) => get(operation, "responses")),
  );
  const schemas = schemasOf(document);
  const renamed = new Map<string, string>();
  for (const ref of received) {
    if (!ref.startsWith(SCHEMA_REF) || !sent.has(ref) || !holdsMarkable(document, ref)) continue;
    renamed.set(ref, freeName(schemas, `${parseRef(ref)?.at(-1) ?? ""}Received`));
  }
  const mark = (node: Json): Json => markReceived(node, renamed);
  for (const { operation } of operations) {
    if (isObject(operation["responses"])) operation["responses"] = mark(operation["responses"]);
  }
  const responses = objectAt(objectAt(document, "components"), "responses");
  for (const [name, response] of Object.entries(responses)) responses[name] = mark(response);
  for (const [name, schema] of Object.entries(schemas)) {
    const ref = SCHEMA_REF + name;
    const copy = renamed.get(ref);
    if (copy !== undefined) schemas[copy.slice(SCHEMA_REF.length)] = mark(schema);
    else if (received.has(ref) && !sent.has(ref)) schemas[name] = mark(schema);
  }
  return document;
}

/** Returns the reference that a response uses in place of `ref`. */
export function receivedRef(marked: JsonObject, original: JsonObject, ref: string): string {
  const name = ref.slice(SCHEMA_REF.length);
  const copy = `${name}Received`;
  const isCopy = get(schemasOf(marked), copy) !== undefined && get(schemasOf(original), copy) === undefined;
  return isCopy ? SCHEMA_REF + copy : ref;
}

function freeName(schemas: JsonObject, name: string): string {
  return SCHEMA_REF + (Object.hasOwn(schemas, name) ? freeNumber(schemas, name, 2) : name);
}

function freeNumber(schemas: JsonObject, name: string, number: number): string {
  return Object.hasOwn(schemas, name + number) ? freeNumber(schemas, name, number + 1) : name + number;
}

function reachableRefs(document: JsonObject, roots: readonly (Json | undefined)[]): Set<string> {
  const found = new Set<string>();
  const visit = (node: Json | undefined): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isObject(node)) return;
    const ref = textAt(node, "$ref");
    if (ref !== undefined && !found.has(ref)) {
      found.add(ref);
      visit(resolveRef(document, ref));
    }
    for (const [key, value] of Object.entries(node))
      if (!DATA_KEYS.includes(key) || isObject(value)) visit(value);
  };
  roots.forEach(visit);
  return found;
}

function holdsMarkable(document: JsonObject, ref: string): boolean {
  return [ref, ...reachableRefs(document, [resolveRef(document, ref)])].some((each) => {
    const before = resolveRef(document, each);
    return before !== undefined && JSON.stringify(markReceived(before, new Map())) !== JSON.stringify(before);
  });
}

function markReceived(node: Json, renamed: ReadonlyMap<string, string>): Json {
  if (Array.isArray(node)) return node.map((item) => markReceived(item, renamed));
  if (!isObject(node)) return node;
  const values = listAt(node, "enum");
  const open = values.length > 0 && isOpenable(values);
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "enum" && open) copy[OPEN_ENUM] = value;
    else if (key === "$ref" && typeof value === "string") copy[key] = renamed.get(value) ?? value;
    else copy[key] = DATA_KEYS.includes(key) && !isObject(value) ? value : markReceived(value, renamed);
  }
  if (get(node, "type") === "string" && get(node, "format") === "binary") copy[BYTES] = true;
  return copy;
}

function isOpenable(values: readonly Json[]): boolean {
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  return kinds.size === 1 && (kinds.has("string") || kinds.has("number"));
}
