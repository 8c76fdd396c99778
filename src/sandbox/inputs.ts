import { isObject } from "../utils/values.ts";
import type { Digest } from "./digest.ts";
import { missing, unprocessable, type ValidationProblem } from "./http-error.ts";
import type { SandboxRequest } from "./message.ts";
import { type ReceivedFile, readForm, readJson } from "./request-body.ts";
import { propertiesOf, resolveSchema, type Schema, validate } from "./schema.ts";
import { components, type SpecOperation } from "./spec.ts";

/** The validated inputs of a request. */
export interface Inputs {
  readonly query: ReadonlyMap<string, unknown>;
  readonly body: ReadonlyMap<string, unknown>;
  readonly files: ReadonlyMap<string, ReceivedFile>;
}

/** Reads and validates the inputs of a request; rejects with 422 and all problems of one part of it. */
export async function prepareInputs(
  operation: SpecOperation,
  path: ReadonlyMap<string, string>,
  search: URLSearchParams,
  request: SandboxRequest,
  createDigest: () => Digest,
): Promise<Inputs> {
  const problems: ValidationProblem[] = [];
  const query = new Map<string, unknown>();
  for (const parameter of operation.parameters) {
    const { name, schema } = parameter;
    if (parameter.in === "path")
      problems.push(...validate(convert(path.get(name), schema), schema, components, ["path", name]));
    if (parameter.in !== "query") continue;
    const values = search.getAll(name);
    if (values.length === 0) {
      if (parameter.required) problems.push({ loc: ["query", name], msg: "Field required", type: "missing" });
      continue;
    }
    const value = isArray(schema) ? arrayOf(values, schema) : convert(values.at(-1), schema);
    problems.push(...validate(value, schema, components, ["query", name]));
    query.set(name, value);
  }
  // A parameter that is not in the spec is kept as text, as a lenient service does.
  for (const [name, value] of search) if (!query.has(name)) query.set(name, value);
  if (problems.length > 0) throw unprocessable(problems);
  const nothing = { query, body: new Map<string, unknown>(), files: new Map<string, ReceivedFile>() };
  if (operation.body === undefined) return nothing;
  if (operation.body.kind === "json") return { ...nothing, body: await jsonInputs(operation, request) };
  return { ...nothing, ...(await formInputs(operation, request, createDigest)) };
}

async function jsonInputs(
  operation: SpecOperation,
  request: SandboxRequest,
): Promise<ReadonlyMap<string, unknown>> {
  const value = await readJson(request.body, request.headers["content-type"]);
  if (value === undefined) {
    if (operation.body?.required === true) throw missing("body");
    return new Map();
  }
  const problems = validate(value, operation.body?.schema ?? {}, components, ["body"]);
  if (problems.length > 0) throw unprocessable(problems);
  return new Map(isObject(value) ? Object.entries(value) : []);
}

async function formInputs(
  operation: SpecOperation,
  request: SandboxRequest,
  createDigest: () => Digest,
): Promise<Pick<Inputs, "body" | "files">> {
  const form = await readForm(request.body, request.headers["content-type"], createDigest);
  const schema = operation.body?.schema ?? {};
  const demanded = resolveSchema(schema, components).required ?? [];
  const body = new Map<string, unknown>();
  const problems: ValidationProblem[] = [];
  for (const [name, property] of Object.entries(propertiesOf(schema, components))) {
    const loc = ["body", name];
    const required = demanded.includes(name);
    if (isFile(property)) {
      if (form.files.has(name)) continue;
      if (form.fields.has(name))
        problems.push({ loc, msg: "Expected a file, received text", type: "value_error" });
      // The spec does not require the file, but an upload without it has no meaning.
      else problems.push({ loc, msg: "Field required", type: "missing" });
      continue;
    }
    const text = form.fields.get(name);
    if (text === undefined) {
      if (required) problems.push({ loc, msg: "Field required", type: "missing" });
      continue;
    }
    const value = convert(text, property);
    problems.push(...validate(value, property, components, loc));
    body.set(name, value);
  }
  // A field that is not in the spec is kept as text, as in a query.
  for (const [name, text] of form.fields) if (!body.has(name)) body.set(name, text);
  if (problems.length > 0) throw unprocessable(problems);
  return { body, files: form.files };
}

function typeOf(schema: Schema): string | undefined {
  return [resolveSchema(schema, components).type ?? []].flat().find((type) => type !== "null");
}

function isArray(schema: Schema): boolean {
  return typeOf(schema) === "array";
}

function isFile(schema: Schema): boolean {
  const { format, contentMediaType } = resolveSchema(schema, components) as Schema & {
    contentMediaType?: string;
  };
  return format === "binary" || contentMediaType !== undefined;
}

function arrayOf(values: readonly string[], schema: Schema): unknown[] {
  const items = resolveSchema(schema, components).items ?? {};
  return values.flatMap((value) => value.split(",")).map((value) => convert(value, items));
}

/** Converts text of a URL or form to the schema's type; returns the text unchanged when it does not match the type. */
function convert(text: string | undefined, schema: Schema): unknown {
  if (text === undefined) return undefined;
  switch (typeOf(schema)) {
    case "integer":
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : text;
    case "object":
    case "array":
      return parseOr(text);
    default:
      return text;
  }
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
