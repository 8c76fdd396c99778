import { isObject } from "../utils/values.ts";
import type { ValidationProblem } from "./http-error.ts";

/** The part of JSON Schema that the spec uses. */
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

type Loc = readonly (string | number)[];

const formats: Readonly<Record<string, (value: string) => boolean>> = {
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isRealDate(value),
  "date-time": (value) =>
    /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
  email: (value) => /^[^\s@<>]+@[^\s@<>.]+(\.[^\s@<>.]+)*$/.test(value),
  uri: (value) => URL.canParse(value),
  uuid: (value) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value),
};

function isRealDate(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

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

/** Returns all violations of the schema in the value, each with its place. */
export function validate(
  value: unknown,
  schema: Schema,
  components: Components,
  loc: Loc,
): ValidationProblem[] {
  const target = resolveSchema(schema, components);
  const problems: ValidationProblem[] = [];
  const report = (type: string, msg: string, at: Loc = loc): void =>
    void problems.push({ loc: at, msg, type });
  const check = (part: unknown, partSchema: Schema, at: Loc): void =>
    void problems.push(...validate(part, partSchema, components, at));

  for (const part of target.allOf ?? []) check(value, part, loc);
  for (const choices of [target.anyOf, target.oneOf]) {
    if (
      choices !== undefined &&
      !choices.some((part) => validate(value, part, components, loc).length === 0)
    ) {
      report("union_error", "Input matches none of the allowed forms");
    }
  }
  const types = target.type === undefined ? undefined : [target.type].flat();
  if (types !== undefined && !types.some((type) => isOfType(value, type))) {
    report(`${types[0]}_type`, `Input should be of type ${types.join(" or ")}`);
    return problems;
  }
  if (target.enum !== undefined && !target.enum.includes(value)) {
    report("enum", `Input should be ${target.enum.map((entry) => JSON.stringify(entry)).join(", ")}`);
  }
  if (target.const !== undefined && value !== target.const) {
    report("literal_error", `Input should be ${JSON.stringify(target.const)}`);
  }
  if (typeof value === "string") problems.push(...textProblems(value, target, loc));
  if (typeof value === "number") {
    const { minimum, maximum } = target;
    if (minimum !== undefined && value < minimum)
      report("greater_than_equal", `Input should be at least ${minimum}`);
    if (maximum !== undefined && value > maximum)
      report("less_than_equal", `Input should be at most ${maximum}`);
  }
  if (Array.isArray(value)) {
    const { minItems, maxItems, items } = target;
    if (minItems !== undefined && value.length < minItems)
      report("too_short", `Should have at least ${minItems} items`);
    if (maxItems !== undefined && value.length > maxItems)
      report("too_long", `Should have at most ${maxItems} items`);
    if (items !== undefined) value.forEach((entry, index) => void check(entry, items, [...loc, index]));
  } else if (typeof value === "object" && value !== null) {
    const properties = target.properties ?? {};
    for (const name of target.required ?? []) {
      if (!Object.hasOwn(value, name)) report("missing", "Field required", [...loc, name]);
    }
    for (const [name, entry] of Object.entries(value)) {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (known !== undefined) check(entry, known, [...loc, name]);
      else if (typeof target.additionalProperties === "object")
        check(entry, target.additionalProperties, [...loc, name]);
      else if (target.additionalProperties === false)
        report("extra_forbidden", "Extra inputs are not permitted", [...loc, name]);
    }
  }
  return problems;
}

function textProblems(value: string, schema: Schema, loc: Loc): ValidationProblem[] {
  const problems: ValidationProblem[] = [];
  const { minLength, maxLength, format, pattern } = schema;
  if (minLength !== undefined && value.length < minLength) {
    problems.push({ loc, msg: `Should have at least ${minLength} characters`, type: "string_too_short" });
  }
  if (maxLength !== undefined && value.length > maxLength) {
    problems.push({ loc, msg: `Should have at most ${maxLength} characters`, type: "string_too_long" });
  }
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    problems.push({ loc, msg: "Input does not match the pattern", type: "string_pattern_mismatch" });
  }
  const matches = format === undefined || !Object.hasOwn(formats, format) ? undefined : formats[format];
  if (matches !== undefined && !matches(value)) {
    problems.push({
      loc,
      msg: `Input is not a valid ${format}`,
      type: `${format}_parsing`.replaceAll("-", "_"),
    });
  }
  return problems;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
