import { type BodyModel, readBody } from "./body.ts";
import { type RequestFormsModel, readRequestForms } from "./documented.ts";
import { type EnvelopeModel, readEnvelope } from "./envelope.ts";
import { get, objectAt, type Pointer, textAt } from "./json.ts";
import { constantName, readNames } from "./names.ts";
import { type ParameterModel, readParameters } from "./parameters.ts";
import { listOperations } from "./paths.ts";
import { SpecError, stop } from "./problem.ts";
import { type ResponseModel, readResponse } from "./response.ts";
import { type Auth, readAuth } from "./security.ts";
import type { Spec } from "./spec.ts";
import { descriptionOf } from "./texts.ts";
import type { Context, RawOperation } from "./types.ts";

/** The model of an operation: the only input of the emitters. */
export interface OperationModel {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly methodName: string;
  readonly tag: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly auth: Auth;
  readonly pathParameters: readonly ParameterModel[];
  readonly query: readonly ParameterModel[];
  readonly body: BodyModel | undefined;
  readonly response: ResponseModel;
  readonly envelope: EnvelopeModel | undefined;
  readonly forms: RequestFormsModel | undefined;
  readonly retry: string;
  readonly time: string;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly deprecated: boolean;
  readonly errorStatuses: readonly string[];
  readonly pointer: Pointer;
}

/** Reads every operation of a valid spec; throws an error that lists every unsupported operation. */
export function readOperations(spec: Spec): OperationModel[] {
  const problems: string[] = [];
  const models: OperationModel[] = [];
  for (const raw of listOperations(spec.document)) {
    try {
      models.push(readOperation(spec, raw));
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      problems.push(...error.problems);
    }
  }
  problems.push(...clashes(spec, models));
  if (problems.length > 0) throw new SpecError(problems);
  return models;
}

/** Checks that no two operations share a method name or a constant. */
function clashes(spec: Spec, models: readonly OperationModel[]): string[] {
  const names = new Map<string, string>();
  const constants = new Map<string, string>();
  return models.flatMap(({ name, id, pointer }) => {
    const named = names.get(name);
    const constant = constants.get(constantName(id));
    names.set(name, id);
    constants.set(constantName(id), id);
    if (named) {
      const place = spec.locate([...pointer, "x-sdk-name"]);
      return [
        `${place}: operations \`${named}\` and \`${id}\` are both called ${name}: give one another x-sdk-name`,
      ];
    }
    if (constant) {
      const place = spec.locate([...pointer, "operationId"]);
      return [
        `${place}: the operationIds \`${constant}\` and \`${id}\` differ only in punctuation: rename one of them`,
      ];
    }
    return [];
  });
}

function readOperation(spec: Spec, raw: RawOperation): OperationModel {
  const id = textAt(raw.operation, "operationId") ?? "";
  const context: Context = {
    spec,
    raw,
    id,
    fail: (message, ...below) =>
      stop(spec.locate([...raw.pointer, ...below]), `operation \`${id}\` ${message}`),
  };
  if (get(raw.operation, "servers") ?? get(raw.pathItem, "servers")) {
    context.fail(
      "has its own `servers`, which the SDK does not support: remove them in an overlay",
      "servers",
    );
  }
  const parameters = readParameters(context);
  const response = readResponse(context);
  const body = readBody(context);
  const query = parameters.filter((parameter) => parameter.in === "query");
  return {
    id,
    ...readNames(context),
    method: raw.method,
    path: raw.path,
    auth: readAuth(context),
    pathParameters: inTemplateOrder(raw.path, parameters),
    query,
    body,
    response,
    envelope: readEnvelope(context, response),
    forms: readRequestForms(context, body, query),
    retry: classOf(
      context,
      "x-sdk-retry",
      ["safe", "costly", "idempotent", "once"],
      RETRY_OF_METHOD[raw.method],
    ),
    // The duration of an upload depends on the connection, which the sender cannot observe.
    time: classOf(context, "x-sdk-time", ["quick", "slow"], body?.kind === "multipart" ? "slow" : "quick"),
    summary: textAt(raw.operation, "summary"),
    description: descriptionOf(raw.operation),
    deprecated: get(raw.operation, "deprecated") === true,
    errorStatuses: Object.keys(objectAt(raw.operation, "responses")).filter((status) => /^[45]/.test(status)),
    pointer: raw.pointer,
  };
}

const RETRY_OF_METHOD: Record<string, string | undefined> = {
  GET: "safe",
  HEAD: "safe",
  OPTIONS: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  POST: "once",
  PATCH: "once",
};

function classOf(
  context: Context,
  key: string,
  allowed: readonly string[],
  byDefault: string | undefined,
): string {
  const written = get(context.raw.operation, key);
  if (written === undefined && byDefault !== undefined) return byDefault;
  if (typeof written === "string" && allowed.includes(written)) return written;
  const { method } = context.raw;
  if (written === undefined)
    context.fail(`uses ${method}, which the SDK does not support: it has no ${key} by default`);
  return context.fail(`has an unknown ${key}: use ${allowed.join(", ")}`, key);
}

function inTemplateOrder(path: string, parameters: readonly ParameterModel[]): ParameterModel[] {
  return parameters
    .filter((parameter) => parameter.in === "path")
    .sort((a, b) => path.indexOf(`{${a.name}}`) - path.indexOf(`{${b.name}}`));
}
