import { isObject, type Json, type JsonObject, walk } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { constantName } from "../spec/names.ts";
import { header, printValue, propertyKey } from "./text.ts";

/** Keeps the defaults of most operations in one place, because every application loads this table at start. */
const ROW = `type OperationOverrides = Omit<Partial<Operation>, "id" | "name" | "method" | "path"> & Pick<Operation, "retry">;

/** Returns an operation with the common defaults; its path parameters are those of the path template. */
function defineOperation(id: string, name: string, method: Operation["method"], path: string, overrides: OperationOverrides): Operation {
  const pathParameters = Array.from(path.matchAll(/\\{(.+?)\\}/g), ([, parameter = ""]) => parameter);
  return { id, name, method, path, auth: "bearer", pathParameters, response: "json", time: "quick", ...overrides };
}
`;

/** `generated/operations.ts`: the table that the transport interprets. */
export function emitOperations(models: readonly OperationModel[]): string {
  const rows = models.map(rowOf);
  const shared = sharedBy(rows);
  const constants = [...shared].map(
    ([text, name]) => `const ${name} = ${printValue(JSON.parse(text) as Json)} as const;\n`,
  );
  const definitions = models.map((model, index) => {
    const { id, name, method, path, ...rest } = rows[index] ?? {};
    const value = named(printValue(withNames(rest, shared), "", 200));
    const facts = [id, name, method, path].map((fact) => JSON.stringify(fact)).join(", ");
    return `/** \`${model.method} ${model.path}\`${model.summary ? `: ${oneLine(model.summary)}` : ""} */\nexport const ${constantName(model.id)}: Operation = defineOperation(${facts}, ${value});\n`;
  });
  const list = models.map(({ id }) => {
    const name = constantName(id);
    return name === id ? `  ${id},\n` : `  ${propertyKey(id)}: ${name},\n`;
  });
  return `${header("The operations as data.")}import type { Operation } from "../src/http/operation.ts";

${models.length > 0 ? `${ROW}\n` : ""}${constants.join("")}
${definitions.join("\n")}
/** Every operation by its operationId. */
export const operations: Readonly<Record<string, Operation>> = {
${list.join("")}};
`;
}

const SHARED_LENGTH = 100;

/** Returns the longest parts that several rows share, with a name for each. */
function sharedBy(rows: readonly JsonObject[]): ReadonlyMap<string, string> {
  const seen = new Map<string, number>();
  for (const row of rows) {
    walk(row, (object) => {
      for (const part of Object.values(object)) {
        const text = JSON.stringify(part);
        if (text.length >= SHARED_LENGTH) seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    });
  }
  const repeated = [...seen].filter(([, count]) => count > 1).map(([text]) => text);
  const longest = repeated.filter(
    (text) => !repeated.some((other) => other !== text && other.includes(text)),
  );
  return new Map(longest.map((text, index) => [text, `$shared${index + 1}`]));
}

/** Replaces the shared parts of a row by markers with their names; `named` turns these into code. */
function withNames(value: Json, shared: ReadonlyMap<string, string>): Json {
  const name = shared.get(JSON.stringify(value));
  if (name !== undefined) return `\0${name}`;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNames(item, shared)]));
}

const named = (code: string): string => code.replaceAll(/"\\u0000(\$shared\d+)"/g, "$1");

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").replaceAll("*/", "*\\/");
}

function rowOf(model: OperationModel): JsonObject {
  const { body, query } = model;
  const row: JsonObject = {
    id: model.id,
    name: model.name,
    method: model.method,
    path: model.path,
  };
  if (model.auth !== "bearer") row["auth"] = model.auth;
  const names = model.pathParameters.map(({ name }) => name);
  if (names.join() !== parametersIn(model.path).join()) row["pathParameters"] = names;
  if (query.length > 0)
    row["query"] = Object.fromEntries(query.map(({ name, rule }) => [name, asJson(rule)]));
  if (body) row["body"] = { kind: body.kind, required: body.required, fields: asJson(body.fields) };
  if (model.response.kind !== "json") row["response"] = model.response.kind;
  if (model.response.optional) row["answer"] = "optional";
  if (model.envelope) row["envelope"] = asJson(model.envelope);
  if (model.forms) row["forms"] = asJson(model.forms);
  row["retry"] = model.retry;
  if (model.time !== "quick") row["time"] = model.time;
  return row;
}

const parametersIn = (path: string): string[] =>
  Array.from(path.matchAll(/\{(.+?)\}/g), ([, name = ""]) => name);

function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
