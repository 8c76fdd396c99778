import { projectRoot } from "../spec/effective.ts";
import { isSame, type JsonObject, listAt, textAt } from "../spec/json.ts";
import { type OperationModel, readOperations } from "../spec/model.ts";
import { parseSource } from "../spec/source.ts";
import { type Spec, trySpec } from "../spec/spec.ts";
import { schemasOf, validate } from "../spec/validate.ts";
import { compareOperation } from "./compare-operations.ts";
import { withoutTexts } from "./compare-schemas.ts";
import { findMoves, followMoves, type OverlayText, readOverlays } from "./rebase.ts";
import { otherChanges, redoclyChanges } from "./redocly.ts";
import { type Change, type ClassifiedChange, classifyAll } from "./rules.ts";

/** Compares two effective specs by our rules and by redocly, and classifies the changes. */
export async function compareEffective(before: Spec, after: Spec): Promise<ClassifiedChange[]> {
  const ours = compareSpecs(before, after);
  const others = otherChanges(await redoclyChanges(before.document, after.document), ours);
  const isOnlyTexts = ours.every(({ kind }) => kind === "texts-changed");
  return classifyAll(isOnlyTexts && others.length > 0 ? others : [...ours, ...others]);
}

/** Compares two descriptions for `spec:diff`, each with the overlay actions that apply to it. */
export async function compareTexts(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
  root: string = projectRoot,
): Promise<ClassifiedChange[]> {
  const old = parseSource(before.name, before.text);
  const now = parseSource(after.name, after.text);
  const overlays = readOverlays(root);
  const moved = followMoves(overlays, findMoves(old.value, now.value));
  const effective = (source: typeof old, texts: readonly OverlayText[]): Spec => {
    validate({ document: source.value, locate: (pointer) => `${source.name}:${source.find(pointer).line}` });
    const { spec } = trySpec(
      source,
      texts.map(({ name, text }) => parseSource(name, text)),
    );
    validate(spec);
    return spec;
  };
  return compareEffective(effective(old, overlays), effective(now, moved));
}

/** Returns every user-visible change between two effective specs, in document order and unclassified. */
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

/** Pairs operations by id, else by method and path. */
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
    // Overlays describe a schema under its old name only, so the texts may differ.
    const before = withoutTexts(old[name]);
    const renamed = [...come].find((other) => isSame(before, withoutTexts(now[other])));
    if (renamed === undefined) return { kind: "schema-removed", subject: name };
    come.delete(renamed);
    return { kind: "schema-renamed", subject: name, from: name, to: renamed };
  });
  return [...changes, ...[...come].map((subject): Change => ({ kind: "schema-added", subject }))];
}

function serverOf(document: JsonObject): string | undefined {
  return textAt(listAt(document, "servers")[0], "url");
}
