import { get, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import { deref } from "../spec/spec.ts";
import { descriptionOf, MEANINGS } from "../spec/texts.ts";
import { OPEN_ENUM } from "./read-write.ts";

/**
 * Returns the paragraphs and tags of the comment for a schema, a parameter or an operation: its description, or that of
 * the schema it refers to, then the meaning of each value.
 */
export function commentOf(document: JsonObject, node: JsonObject): string[] {
  const target = deref(document, node);
  const schema = deref(document, get(target, "schema") ?? target);
  const text = descriptionOf(node) ?? descriptionOf(target) ?? textAt(target, "summary");
  const format = textAt(schema, "format");
  const initial = get(schema, "default");
  return [
    ...(text === undefined || text.trim() === "" ? [] : [text]),
    ...meanings(deref(document, get(schema, "items") ?? schema)),
    ...(format === undefined || format === "binary" ? [] : [`Format: ${format}`]),
    ...(initial === undefined ? [] : [`@default ${JSON.stringify(initial)}`]),
    ...(get(target, "deprecated") === true ? ["@deprecated"] : []),
  ];
}

/** Returns a list of an enum's values with their meanings, as one paragraph; none for an enum without meanings. */
function meanings(schema: JsonObject): string[] {
  const known = objectAt(schema, MEANINGS);
  const lines = enumValues(schema).map((value) => {
    const meaning = textAt(known, String(value));
    return `- \`${String(value)}\`${meaning === undefined ? "" : `: ${meaning}`}`;
  });
  return Object.keys(known).length === 0 || lines.length === 0 ? [] : [lines.join("\n")];
}

/** Returns the values of an enum, open or closed, without null. */
export function enumValues(schema: JsonObject): Json[] {
  const values = [...listAt(schema, "enum"), ...listAt(schema, OPEN_ENUM)];
  return values.filter((value) => value !== null);
}
