import { isSame, type JsonObject, listAt, textAt } from "../spec/json.ts";
import { type OperationModel, readOperations } from "../spec/model.ts";
import type { Spec } from "../spec/spec.ts";
import { schemasOf } from "../spec/validate.ts";
import type { Change } from "./change.ts";
import { compareOperation } from "./operation.ts";

/** Everything a user could notice between two effective specs, in document order and unrated. */
export function compareSpecs(before: Spec, after: Spec): Change[] {
  const changes: Change[] = [];
  const pairs = pairOperations(readOperations(before), readOperations(after));
  const seen = new Set<string>();
  for (const [old, now] of pairs) {
    if (!old && now) changes.push({ kind: "operation-added", subject: now.name });
    else if (old && !now) changes.push({ kind: "operation-removed", subject: old.name });
    else if (old && now) changes.push(...compareOperation(before.document, after.document, old, now, seen));
  }
  changes.push(...compareComponents(before.document, after.document));
  if (serverOf(before.document) !== serverOf(after.document))
    changes.push({ kind: "server-changed", subject: "servers" });
  if (changes.length === 0 && !isSame(before.document, after.document))
    changes.push({ kind: "texts-changed", subject: "texts" });
  return changes;
}

type Pair = readonly [OperationModel | undefined, OperationModel | undefined];

/** The same operation by its id, else by its method and path. */
function pairOperations(before: readonly OperationModel[], after: readonly OperationModel[]): Pair[] {
  const oldIds = new Set(before.map(({ id }) => id));
  const newIds = new Map(after.map((model) => [model.id, model]));
  const placeOf = ({ method, path }: OperationModel): string => `${method} ${path}`;
  const unclaimed = new Map(
    after.filter(({ id }) => !oldIds.has(id)).map((model) => [placeOf(model), model]),
  );
  const pairs: Pair[] = before.map((old) => [old, newIds.get(old.id) ?? unclaimed.get(placeOf(old))]);
  const paired = new Set(pairs.map(([, now]) => now));
  return [...pairs, ...after.filter((model) => !paired.has(model)).map((now): Pair => [undefined, now])];
}

function compareComponents(before: JsonObject, after: JsonObject): Change[] {
  const old = schemasOf(before);
  const now = schemasOf(after);
  const gone = Object.keys(old).filter((name) => !Object.hasOwn(now, name));
  const come = new Set(Object.keys(now).filter((name) => !Object.hasOwn(old, name)));
  const changes = gone.map((name): Change => {
    const renamed = [...come].find((other) => isSame(old[name], now[other]));
    if (renamed === undefined) return { kind: "schema-removed", subject: name };
    come.delete(renamed);
    return { kind: "schema-renamed", subject: name, from: name, to: renamed };
  });
  return [...changes, ...[...come].map((subject): Change => ({ kind: "schema-added", subject }))];
}

function serverOf(document: JsonObject): string | undefined {
  return textAt(listAt(document, "servers")[0], "url");
}
