import {
  format as formats,
  type Schema as JsonSchema,
  type OutputUnit,
  validate as validateJson,
} from "@cfworker/json-schema";
import type { ValidationProblem } from "./http-error.ts";

/** The keywords of JSON Schema that the sandbox itself reads; `validate` supports all keywords. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}

/** The spec's named schemas. */
export type Components = Readonly<Record<string, Schema>>;

/** Follows `$ref` into the components. An unknown reference accepts everything. */
export function resolveSchema(schema: Schema, components: Components): Schema {
  let resolved = schema;
  for (let hops = 0; resolved.$ref !== undefined && hops < 20; hops += 1) {
    const name = resolved.$ref.slice(resolved.$ref.lastIndexOf("/") + 1);
    resolved = (Object.hasOwn(components, name) ? components[name] : undefined) ?? {};
  }
  return resolved;
}

/** Returns the schema's properties, including those of its `allOf` parts. */
export function propertiesOf(schema: Schema | undefined, components: Components): Record<string, Schema> {
  if (schema === undefined) return {};
  const resolved = resolveSchema(schema, components);
  return Object.assign(
    {},
    ...(resolved.allOf ?? []).map((part) => propertiesOf(part, components)),
    resolved.properties ?? {},
  );
}

type Lookup = Readonly<Record<string, JsonSchema>>;

// The library's `email` is ASCII only; the API also accepts international addresses.
formats["email"] = (text: string): boolean => /^[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)*$/.test(text);

/** Returns all violations of the schema (JSON Schema 2020-12) in the value, each with its place. */
export function validate(
  value: unknown,
  schema: Schema,
  components: Components,
  loc: ValidationProblem["loc"],
): ValidationProblem[] {
  const instance = toJson(value, new WeakMap());
  const lookup = new Proxy<Lookup>({}, { get: (_, ref) => targetOf(String(ref), components) });
  const { errors } = validateJson(instance, schema as JsonSchema, "2020-12", lookup, false);
  return violationsIn(errors).map(({ keyword, keywordLocation, instanceLocation, error }) => {
    const at = [...loc, ...locOf(instanceLocation, instance)];
    // Only the text names the missing property.
    const missing = keyword === "required" ? /"(.*)"/s.exec(error)?.[1] : undefined;
    if (missing !== undefined) return { loc: [...at, missing], msg: "Field required", type: "missing" };
    return { loc: at, ...describe(keyword, keywordAt(keywordLocation, schema, lookup)) };
  });
}

/** Returns the schema of a `$ref`. A reference that leads only to itself accepts everything. */
function targetOf(ref: string, components: Components): JsonSchema {
  const target = resolveSchema({ $ref: ref }, components);
  return (target.$ref === undefined ? target : {}) as JsonSchema;
}

/**
 * Returns a copy of the value with the types of JSON: undefined properties are omitted, and values of other types become
 * null. The library throws for other types, and for lone surrogates in names.
 */
function toJson(value: unknown, copies: WeakMap<object, unknown>): unknown {
  if (typeof value !== "object") return /^(?:string|number|boolean)$/.test(typeof value) ? value : null;
  if (value === null || copies.has(value)) return value && copies.get(value);
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [] : Object.create(null);
  copies.set(value, copy);
  if (Array.isArray(copy)) for (const part of value as Iterable<unknown>) copy.push(toJson(part, copies));
  else
    for (const [name, part] of Object.entries(value))
      if (part !== undefined) copy[name.replaceAll(/\p{Surrogate}/gu, "\ufffd")] = toJson(part, copies);
  return copy;
}

// The library reports these keywords in addition to the violations inside them.
const SUMMARIES = new Set([
  ...["$ref", "allOf", "if", "properties", "patternProperties", "additionalProperties", "propertyNames"],
  ...["unevaluatedProperties", "dependentSchemas", "items", "prefixItems", "unevaluatedItems"],
]);
const CHOICES = new Set(["anyOf", "oneOf", "contains"]);

/** Returns the violations: without summaries, without the reasons of a failed choice, and with one reason for a wrong type. */
function violationsIn(units: readonly OutputUnit[]): OutputUnit[] {
  const wrongTypes = new Set<string>();
  let choice: string | undefined;
  return units.filter(({ keyword, keywordLocation, instanceLocation }) => {
    // The violation of the schema `false` has no location in the schema; it follows its summary.
    if (choice !== undefined && (keyword === "false" || keywordLocation.startsWith(`${choice}/`)))
      return false;
    choice = CHOICES.has(keyword) ? keywordLocation : undefined;
    const place = `${instanceLocation} ${keywordLocation.slice(0, keywordLocation.lastIndexOf("/"))}`;
    if (wrongTypes.has(place)) return false;
    if (keyword === "type") wrongTypes.add(place);
    return !SUMMARIES.has(keyword);
  });
}

/** Returns the steps of a location, which is a JSON pointer in a URI fragment. */
function stepsOf(location: string): string[] {
  const steps = location.split("/").slice(1);
  return steps.map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Returns the value of the keyword at a location, which may lead through references. */
function keywordAt(location: string, schema: Schema, lookup: Lookup): unknown {
  return stepsOf(location).reduce<unknown>((node, step) => {
    const next: unknown = Reflect.get(Object(node), step);
    return step === "$ref" && typeof next === "string" ? lookup[next] : next;
  }, schema);
}

/** Returns a location in the instance, with numbers for the indexes of lists. */
function locOf(location: string, instance: unknown): (string | number)[] {
  let part = instance;
  return stepsOf(location).map((step) => {
    const key = Array.isArray(part) ? Number(step) : step;
    part = Reflect.get(Object(part), key);
    return key;
  });
}

function listed(values: unknown): string {
  return [values]
    .flat()
    .map((value) => JSON.stringify(value))
    .join(", ");
}

/** Returns the API's message for a violation, by the violated keyword and its value in the schema. */
function describe(keyword: string, limit: unknown): { readonly msg: string; readonly type: string } {
  switch (keyword) {
    case "type": {
      const types = [limit].flat();
      return { msg: `Input should be of type ${types.join(" or ")}`, type: `${types[0]}_type` };
    }
    case "enum":
      return { msg: `Input should be ${listed(limit)}`, type: "enum" };
    case "const":
      return { msg: `Input should be ${listed(limit)}`, type: "literal_error" };
    case "anyOf":
    case "oneOf":
      return { msg: "Input matches none of the allowed forms", type: "union_error" };
    case "minimum":
      return { msg: `Input should be at least ${limit}`, type: "greater_than_equal" };
    case "maximum":
      return { msg: `Input should be at most ${limit}`, type: "less_than_equal" };
    case "minItems":
      return { msg: `Should have at least ${limit} items`, type: "too_short" };
    case "maxItems":
      return { msg: `Should have at most ${limit} items`, type: "too_long" };
    case "minLength":
      return { msg: `Should have at least ${limit} characters`, type: "string_too_short" };
    case "maxLength":
      return { msg: `Should have at most ${limit} characters`, type: "string_too_long" };
    case "pattern":
      return { msg: "Input does not match the pattern", type: "string_pattern_mismatch" };
    case "format":
      return { msg: `Input is not a valid ${limit}`, type: `${limit}_parsing`.replaceAll("-", "_") };
    case "false":
      return { msg: "Extra inputs are not permitted", type: "extra_forbidden" };
    default:
      return { msg: `Input breaks the schema's \`${keyword}\``, type: "value_error" };
  }
}
