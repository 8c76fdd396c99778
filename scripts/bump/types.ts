import { get, type JsonObject, listAt, textAt } from "../spec/json.ts";

const ALL = ["array", "boolean", "number", "object", "string"];

/** The JSON types that a schema allows; a file is a type of its own, because it is one in TypeScript. */
export function typeSet(schema: JsonObject): readonly string[] {
  const written = get(schema, "type");
  const types = Array.isArray(written) ? written.map(String) : written === undefined ? [] : [String(written)];
  const values = listAt(schema, "enum");
  const all = types.length > 0 ? types : [...ALL, ...(hasVariants(schema) ? [] : ["null"])];
  const named = all.map((type) => (type === "string" && get(schema, "format") === "binary" ? "file" : type));
  // An enum lists null beside the type's values; without it there, null is not allowed after all.
  return values.includes(null) && !named.includes("null") ? [...named, "null"] : named;
}

function hasVariants(schema: JsonObject): boolean {
  return listAt(schema, "oneOf").length > 0 || listAt(schema, "anyOf").length > 0;
}

export function isSubset(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((type) => outer.includes(type) || (type === "integer" && outer.includes("number")));
}

export function typeText(schema: JsonObject): string {
  const ref = textAt(schema, "$ref");
  if (ref !== undefined) return `\`${ref.split("/").at(-1)}\``;
  if (get(schema, "type") === undefined && !listAt(schema, "enum").includes(null)) return "anything";
  return typeSet(schema)
    .map((type) => `\`${type}\``)
    .join(" or ");
}
