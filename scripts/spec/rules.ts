import { get, isObject, type JsonObject, listAt, objectAt, textAt } from "./json.ts";
import { deref } from "./spec.ts";

/** The fields of `Rule` in `src/http/operation.ts`: the checks of one argument. */
export interface RuleModel {
  required?: true;
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  contentType?: string;
}

const TYPES = ["string", "integer", "number", "boolean", "array", "object"];

/** Returns the checks of one value. The server checks schemas that allow null or several types. */
export function ruleOf(document: JsonObject, schema: JsonObject, required: boolean): RuleModel {
  const flat = flatten(document, schema);
  const values = listAt(flat, "enum");
  // The check treats null as missing; where null is a valid value, it must not be required.
  if (listAt(flat, "type").includes("null") || values.includes(null)) return {};
  const rule: RuleModel = required ? { required: true } : {};
  if (isBinary(flat)) return { ...rule, type: "file" };
  const type = textAt(flat, "type");
  if (type === undefined || !TYPES.includes(type) || get(flat, "oneOf") || get(flat, "anyOf")) return rule;
  rule.type = type;
  if (values.length > 0 && values.every((value) => typeof value === "string")) rule.enum = values;
  for (const bound of ["minimum", "maximum", "minItems"] as const) {
    const value = get(flat, bound);
    if (typeof value === "number") rule[bound] = value;
  }
  return rule;
}

/** Returns the checks of an object's own properties by name, without nested ones. */
export function rulesOf(document: JsonObject, schema: JsonObject): Record<string, RuleModel> {
  const flat = flatten(document, schema);
  const required = listAt(flat, "required");
  return Object.fromEntries(
    Object.entries(objectAt(flat, "properties"))
      .filter(([, property]) => get(deref(document, property), "readOnly") !== true)
      .map(([name, property]) => [
        name,
        ruleOf(document, deref(document, property), required.includes(name)),
      ]),
  );
}

export function isBinary(schema: JsonObject): boolean {
  return get(schema, "type") === "string" && get(schema, "format") === "binary";
}

/** Returns the schema with references resolved and `allOf` merged at the top level. */
export function flatten(document: JsonObject, schema: JsonObject, depth = 0): JsonObject {
  const own = deref(document, schema);
  const parts = listAt(own, "allOf");
  if (parts.length === 0 || depth > 20) return own;
  const { allOf: _parts, ...rest } = own;
  const all = [...parts.filter(isObject).map((part) => flatten(document, part, depth + 1)), rest];
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map((part) => objectAt(part, "properties"))),
    required: [...new Set(all.flatMap((part) => listAt(part, "required")))],
  };
}
