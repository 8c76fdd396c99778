import type { Operation, RequestForms } from "../../http/operation.ts";
import { unprocessable, type ValidationProblem } from "../http-error.ts";
import type { Inputs } from "../inputs.ts";
import { propertiesOf, resolveSchema, type Schema } from "../schema.ts";
import { components, type SpecOperation, type SpecParameter } from "../spec.ts";

const requiredOf = (schema: Schema): readonly string[] => resolveSchema(schema, components).required ?? [];

/** An operation whose requests are read in the spec's form only: it does not know the documented form's names. */
export function specForm(operation: SpecOperation): SpecOperation {
  const { body, parameters, row } = operation;
  const foreign = Object.values(row.forms?.fields ?? {}).flatMap(({ name }) => name ?? []);
  if (foreign.length === 0) return operation;
  const properties = { ...propertiesOf(body?.schema, components) };
  for (const name of foreign) delete properties[name];
  return {
    ...operation,
    parameters: parameters.filter(
      (parameter) => parameter.in === "path" || !foreign.includes(parameter.name),
    ),
    body: body && { ...body, schema: { type: "object", properties, required: requiredOf(body.schema) } },
  };
}

/**
 * Reads an operation's requests in the documented form only: other names, lists, parts with JSON and bodies that
 * are a field's value, all according to the table's `forms`.
 */
export function documentedForm(operation: SpecOperation): SpecOperation {
  const { forms } = operation.row;
  if (forms === undefined) return operation;
  const { body } = operation;
  const parameters = operation.parameters.map((parameter): SpecParameter => {
    if (parameter.in !== "query") return parameter;
    // Unknown there: any value is ignored.
    return forms.optional?.includes(parameter.name)
      ? { ...parameter, required: false, schema: {} }
      : parameter;
  });
  return {
    ...operation,
    parameters,
    body: body && { ...body, schema: documentedSchema(forms, body.schema) },
  };
}

function documentedSchema(forms: RequestForms, schema: Schema): Schema {
  const properties = { ...propertiesOf(schema, components) };
  if (forms.body !== undefined) return properties[forms.body] ?? schema;
  const required = new Set(requiredOf(schema));
  for (const name of forms.optional ?? []) required.delete(name);
  for (const [field, { name, list, part }] of Object.entries(forms.fields ?? {})) {
    const own = properties[field];
    if (own === undefined) continue;
    if (part !== undefined) {
      delete properties[field];
      properties[part] = { ...properties[part], type: "object", properties: { [field]: own } };
      required.add(part);
    }
    if (name === undefined) continue;
    properties[name] ??= list ? { type: "array", items: own, minItems: 1 } : own;
    delete properties[field];
    if (required.delete(field)) required.add(name);
  }
  return { type: "object", properties, required: [...required] };
}

/** Values in the form of one deployment. */
export interface ReadInputs {
  /** Under the spec's names alone, which handlers read and keep. A list stays one, under the documented name. */
  readonly inputs: Inputs;
  /** Under the names of both forms; tests can use either in requests and scripted answers. */
  readonly named: Inputs;
}

/**
 * Reads values in the form of one deployment. A field that is present under the other form's name only is rejected
 * with 422. The service would ignore it and lose its value; a test must detect that.
 */
export function readForm(operation: SpecOperation, inputs: Inputs, isDocumented: boolean): ReadInputs {
  const { forms, query: queryRules = {}, body: bodyRules } = operation.row;
  if (forms === undefined) return { inputs, named: inputs };
  const problems: ValidationProblem[] = [];
  const query = new Map(inputs.query);
  const files = new Map(inputs.files);
  let body = new Map(inputs.body);
  if (isDocumented && forms.body !== undefined) body = new Map([[forms.body, Object.fromEntries(body)]]);
  for (const [field, { name, list, part }] of Object.entries(forms.fields ?? {})) {
    const [place, values] = Object.hasOwn(queryRules, field) ? ["query", query] : ["body", body];
    const foreign = isDocumented ? field : (name ?? part);
    const own = isDocumented ? (name ?? part) : field;
    if (foreign !== undefined && own !== undefined && has(values, files, foreign) && !has(values, files, own))
      problems.push({
        loc: [place, foreign],
        msg: "Extra inputs are not permitted",
        type: "extra_forbidden",
      });
    if (part !== undefined) readPart(values, field, part);
    if (name === undefined) continue;
    if (bodyRules?.fields[field]?.type === "file")
      copy(files, isDocumented ? name : field, isDocumented ? field : name);
    else if (isDocumented) copy(values, name, field, list ? (value) => (value as unknown[])[0] : undefined);
    else copy(values, field, name, list ? (value) => [value] : undefined);
  }
  if (problems.length > 0) throw unprocessable(problems);
  const named = { query, body, files };
  return { inputs: underSpecNames(operation, named), named };
}

function underSpecNames({ row }: SpecOperation, named: Inputs): Inputs {
  const query = new Map(named.query);
  const body = new Map(named.body);
  const files = new Map(named.files);
  for (const [field, { name, list, part }] of Object.entries(row.forms?.fields ?? {}))
    for (const values of [query, body, files]) values.delete((list ? field : (name ?? part)) ?? "");
  for (const name of row.forms?.optional ?? []) {
    const allowed = row.query?.[name]?.enum;
    if (allowed?.includes(String(query.get(name))) === false) query.delete(name);
  }
  return { query, body, files };
}

/** A body's fields under the spec's names alone; the spec's name wins where both are present. */
export function toSpecNames({ forms = {} }: Operation, fields: Readonly<Record<string, unknown>>): Fields {
  const renamed: Fields = { ...fields };
  for (const [field, { name, list }] of Object.entries(forms.fields ?? {})) {
    if (name === undefined || list || !Object.hasOwn(renamed, name)) continue;
    renamed[field] ??= renamed[name];
    delete renamed[name];
  }
  return renamed;
}

type Fields = Record<string, unknown>;

const has = (
  values: ReadonlyMap<string, unknown>,
  files: ReadonlyMap<string, unknown>,
  name: string,
): boolean => values.has(name) || files.has(name);

function copy<T>(values: Map<string, T>, from: string, to: string, change = (value: T): T => value): void {
  const value = values.get(from);
  if (value !== undefined) values.set(to, change(value));
}

/** The same fact as a field of its own and as a key of its part. */
function readPart(values: Map<string, unknown>, field: string, part: string): void {
  const given = values.get(part);
  const inside: Record<string, unknown> = typeof given === "object" && given !== null ? { ...given } : {};
  if (values.has(field)) inside[field] = values.get(field);
  else if (Object.hasOwn(inside, field)) values.set(field, inside[field]);
  if (Object.keys(inside).length > 0) values.set(part, inside);
}
