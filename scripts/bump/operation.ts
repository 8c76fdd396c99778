import { get, type JsonObject, objectAt } from "../spec/json.ts";
import type { OperationModel } from "../spec/model.ts";
import type { ParameterModel } from "../spec/parameters.ts";
import { deref } from "../spec/spec.ts";
import type { Change } from "./change.ts";
import { compareBodies, compareResponses } from "./payload.ts";
import { type Comparison, compareSchemas, type Side } from "./schemas.ts";

/** Two versions of one operation, and how to report what differs. */
export interface OperationPair {
  readonly old: OperationModel;
  readonly now: OperationModel;
  /** The operations as their documents write them. */
  readonly written: { readonly old: JsonObject; readonly now: JsonObject };
  readonly report: (change: Change) => void;
  readonly comparison: (side: Side) => Comparison;
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
    comparison: (side) => ({ before, after, side, seen, report }),
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
  // Path parameters are positions: another name of one does not concern the caller, another number does.
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

/** `get(id, options)` becomes `get(id, query, options)`: a caller's options would be taken for the query. */
function compareArguments({ old, now, report }: OperationPair): void {
  const before = argumentsOf(old);
  const after = argumentsOf(now);
  const shifted = after.find((name, index) => name !== before[index] && before.length > index);
  const isNew = shifted !== undefined && !before.includes(shifted);
  // One that has become required is reported as such.
  if (isNew && !isRequired(now, shifted))
    report({ kind: "arguments-shifted", subject: now.name, part: shifted });
}

function argumentsOf({ body, query }: OperationModel): string[] {
  return [...(body ? ["body"] : []), ...(query.length > 0 ? ["query"] : []), "options"];
}

function isRequired({ body, query }: OperationModel, argument: string): boolean {
  return argument === "body" ? body?.required === true : query.some(({ required }) => required);
}
