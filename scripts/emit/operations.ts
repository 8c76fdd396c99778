import type { Json, JsonObject } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import { constantName } from "../spec/names.ts";
import { header, printValue, propertyKey } from "./text.ts";

/** `generated/operations.ts`: the table that the transport interprets. */
export function emitOperations(models: readonly OperationModel[]): string {
  const rows = models.map((model) => {
    const value = printValue(rowOf(model), "", 200);
    return `/** \`${model.method} ${model.path}\`${model.summary ? `: ${oneLine(model.summary)}` : ""} */\nexport const ${constantName(model.id)}: Operation = ${value};\n`;
  });
  const list = models.map(({ id }) => {
    const name = constantName(id);
    return name === id ? `  ${id},\n` : `  ${propertyKey(id)}: ${name},\n`;
  });
  return `${header("The operations as data.")}import type { Operation } from "../src/transport/operation.ts";

${rows.join("\n")}
/** Every operation by its operationId. */
export const operations: Readonly<Record<string, Operation>> = {
${list.join("")}};
`;
}

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
    auth: model.auth,
    pathParameters: model.pathParameters.map(({ name }) => name),
  };
  if (query.length > 0)
    row["query"] = Object.fromEntries(query.map(({ name, rule }) => [name, asJson(rule)]));
  if (body) row["body"] = { kind: body.kind, required: body.required, fields: asJson(body.fields) };
  row["response"] = model.response.kind;
  if (model.response.optional) row["answer"] = "optional";
  if (model.envelope) row["envelope"] = asJson(model.envelope);
  return { ...row, retry: model.retry, time: model.time };
}

function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
