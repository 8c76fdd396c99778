import { get, type JsonObject, objectAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import type { ParameterModel } from "../spec/parameters.ts";
import type { SuccessModel } from "../spec/response.ts";
import { deref } from "../spec/spec.ts";
import { type Comparison, compareSchemas, componentOf, type Direction } from "./compare-schemas.ts";
import type { Change } from "./rules.ts";

/** Two versions of one operation, with the callback that reports differences. */
interface OperationPair {
  readonly old: OperationModel;
  readonly now: OperationModel;
  /** The raw operations of both documents. */
  readonly written: { readonly old: JsonObject; readonly now: JsonObject };
  readonly report: (change: Change) => void;
  readonly comparison: (direction: Direction) => Comparison;
}

export function compareOperation(
  before: JsonObject,
  after: JsonObject,
  old: OperationModel,
  now: OperationModel,
  seen: Set<string>,
): Change[] {
  const changes: Change[] = [];
  const report = (change: Change): void => void changes.push(change);
  const pair: OperationPair = {
    old,
    now,
    written: { old: operationAt(before, old), now: operationAt(after, now) },
    report,
    comparison: (direction) => ({ before, after, direction, seen, report }),
  };
  compareIdentity(pair);
  compareParameters(pair);
  compareBodies(pair);
  compareArguments(pair);
  compareResponses(pair);
  return changes;
}

function operationAt(document: JsonObject, { path, method }: OperationModel): JsonObject {
  return objectAt(deref(document, objectAt(document, "paths")[path]), method.toLowerCase());
}

function compareIdentity({ old, now, report }: OperationPair): void {
  const subject = now.name;
  const place = ({ method, path }: OperationModel): string => `${method} ${path}`;
  if (old.id !== now.id) report({ kind: "operation-renamed", subject, from: old.id, to: now.id });
  if (old.name !== now.name) report({ kind: "method-renamed", subject, from: old.name, to: now.name });
  if (place(old) !== place(now))
    report({ kind: "operation-moved", subject, from: place(old), to: place(now) });
  if (old.auth !== now.auth) report({ kind: "authorisation-changed", subject, from: old.auth, to: now.auth });
  if (now.deprecated && !old.deprecated) report({ kind: "operation-deprecated", subject });
  if (old.deprecated && !now.deprecated) report({ kind: "operation-restored", subject });
}

function compareParameters(pair: OperationPair): void {
  const { old, now, report } = pair;
  const before = new Map(old.query.map((parameter) => [parameter.name, parameter]));
  for (const parameter of now.query) {
    const same = before.get(parameter.name);
    before.delete(parameter.name);
    if (same) compareParameter(pair, same, parameter);
    else {
      const kind = parameter.required ? "parameter-required" : "parameter-added";
      report({ kind, subject: now.name, part: parameter.name });
    }
  }
  for (const part of before.keys()) report({ kind: "parameter-removed", subject: now.name, part });
  // Path parameters are positional: a new name does not affect the caller, a new count does.
  const [fewer, more] = [old.pathParameters, now.pathParameters];
  for (const [index, parameter] of more.entries()) {
    const same = fewer[index];
    if (same) compareParameter(pair, same, parameter);
    else report({ kind: "parameter-required", subject: now.name, part: parameter.name });
  }
  for (const { name } of fewer.slice(more.length))
    report({ kind: "parameter-removed", subject: now.name, part: name });
}

function compareParameter(
  { now, written, report, comparison }: OperationPair,
  before: ParameterModel,
  after: ParameterModel,
): void {
  const part = after.name;
  const subject = now.name;
  if (after.required && !before.required) report({ kind: "parameter-required", subject, part });
  if (before.required && !after.required) report({ kind: "parameter-optional", subject, part });
  const isDeprecated = (operation: JsonObject, document: JsonObject): boolean =>
    (Array.isArray(operation["parameters"]) ? operation["parameters"] : [])
      .map((parameter) => deref(document, parameter))
      .some((parameter) => get(parameter, "name") === part && get(parameter, "deprecated") === true);
  const request = comparison("request");
  if (isDeprecated(written.now, request.after) && !isDeprecated(written.old, request.before))
    report({ kind: "parameter-deprecated", subject, part });
  compareSchemas(request, before.schema, after.schema, `${subject}.${part}`);
}

/** Reports new arguments before others: when `get(id, options)` becomes `get(id, query, options)`, options would become the query. */
function compareArguments({ old, now, report }: OperationPair): void {
  const before = argumentsOf(old);
  const after = argumentsOf(now);
  const shifted = after.find((name, index) => name !== before[index] && before.length > index);
  const isNew = shifted !== undefined && !before.includes(shifted);
  // An argument that became required is reported as required.
  if (isNew && !isRequired(now, shifted))
    report({ kind: "arguments-shifted", subject: now.name, part: shifted });
}

function argumentsOf({ body, query }: OperationModel): string[] {
  return [...(body ? ["body"] : []), ...(query.length > 0 ? ["query"] : []), "options"];
}

function isRequired({ body, query }: OperationModel, argument: string): boolean {
  return argument === "body" ? body?.required === true : query.some(({ required }) => required);
}

/** Compares the request bodies. */
function compareBodies({ old, now, written, report, comparison }: OperationPair): void {
  const subject = now.name;
  const { before, after } = comparison("request");
  if (old.body && !now.body) report({ kind: "parameter-removed", subject, part: "body" });
  if (!old.body && now.body)
    report({
      kind: now.body.required ? "request-required" : "request-property-added",
      subject,
      part: "body",
    });
  if (!old.body || !now.body) return;
  if (now.body.required && !old.body.required) report({ kind: "request-required", subject, part: "body" });
  if (old.body.required && !now.body.required) report({ kind: "request-optional", subject, part: "body" });
  const media = (document: JsonObject, operation: JsonObject): string[] =>
    Object.keys(objectAt(deref(document, operation["requestBody"]), "content"));
  const oldMedia = media(before, written.old);
  const newMedia = media(after, written.now);
  for (const part of newMedia.filter((type) => !oldMedia.includes(type)))
    report({ kind: "request-media-added", subject, part });
  for (const part of oldMedia.filter((type) => !newMedia.includes(type)))
    report({ kind: "request-media-removed", subject, part });
  compareSchemas(comparison("request"), old.body.schema, now.body.schema, subject);
}

/** Compares the responses; of errors only the status counts. */
function compareResponses(pair: OperationPair): void {
  const { old, now, written, report } = pair;
  const subject = now.name;
  if (old.response.kind !== now.response.kind)
    report({ kind: "response-kind-changed", subject, from: old.response.kind, to: now.response.kind });
  const before = Object.keys(objectAt(written.old, "responses"));
  const after = Object.keys(objectAt(written.now, "responses"));
  for (const part of after.filter((status) => !before.includes(status)))
    report({ kind: "response-code-added", subject, part });
  for (const part of before.filter((status) => !after.includes(status)))
    report({ kind: isSuccess(part) ? "success-code-removed" : "response-code-removed", subject, part });
  for (const status of before.filter((each) => isSuccess(each) && after.includes(each)))
    compareMedia(pair, status);
  compareNewSuccess(pair, before);
}

function isSuccess(status: string): boolean {
  return status.startsWith("2");
}

function compareMedia({ old, now, report, comparison }: OperationPair, status: string): void {
  const subject = now.name;
  const of = (successes: readonly SuccessModel[]): Map<string | undefined, SuccessModel> =>
    new Map(successes.filter((each) => each.status === status).map((each) => [each.contentType, each]));
  const before = of(old.response.successes);
  const after = of(now.response.successes);
  for (const [type, success] of after) {
    const same = before.get(type);
    if (same) compareSchemas(comparison("response"), same.schema, success.schema, `${subject} answer`);
    else if (type !== undefined) report({ kind: "response-media-added", subject, part: type });
  }
  for (const type of before.keys())
    if (type !== undefined && !after.has(type))
      report({ kind: "response-media-removed", subject, part: type });
}

/** An additional success response of another type turns the result type into a union. */
function compareNewSuccess({ old, now, report }: OperationPair, before: readonly string[]): void {
  const typeOf = ({ schema, contentType }: SuccessModel): string =>
    componentOf(schema) ?? JSON.stringify(schema ?? contentType ?? "nothing");
  const known = new Set(old.response.successes.map(typeOf));
  const isKindKept = old.response.kind === now.response.kind;
  const other = now.response.successes.find(
    (success) => !before.includes(success.status) && !known.has(typeOf(success)),
  );
  if (other && isKindKept)
    report({
      kind: "response-retyped",
      subject: now.name,
      from: "its own response",
      to: `that or the response of status ${other.status}`,
    });
}
