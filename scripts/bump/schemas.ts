import { get, isObject, isSame, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import { flatten } from "../spec/rules.ts";
import { parseRef } from "../spec/spec.ts";
import type { Change } from "./change.ts";
import { compareConstraints } from "./constraints.ts";
import { isSubset, typeSet, typeText } from "./types.ts";

export type Side = "request" | "response";

/** Where a comparison is: whose schemas, which way they travel, and what has been compared already. */
export interface Comparison {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly side: Side;
  readonly seen: Set<string>;
  readonly report: (change: Change) => void;
}

/** Reports what differs between two schemas, and in all that they contain; `subject` names the outer one. */
export function compareSchemas(
  comparison: Comparison,
  before: Json | undefined,
  after: Json | undefined,
  subject: string,
): void {
  if (!isObject(before) || !isObject(after)) {
    compareAbsence(comparison, before, after, subject);
    return;
  }
  const oldName = componentOf(before);
  const newName = componentOf(after);
  // Another component in its place is a change of what refers to it, not of either of them.
  const isReplaced = oldName !== undefined && newName !== undefined && oldName !== newName;
  const place = isReplaced || oldName === undefined ? subject : "";
  const key = JSON.stringify([comparison.side, oldName ?? before, newName ?? after, place]);
  if (comparison.seen.has(key)) return;
  comparison.seen.add(key);
  const name = isReplaced ? subject : (newName ?? subject);
  const old = flatten(comparison.before, before);
  const now = flatten(comparison.after, after);
  if (isSame(old, now) && !holdsRef(old)) return;
  const isRelated = compareTypes(comparison, old, now, name);
  compareEnums(comparison, old, now, name);
  compareProperties(comparison, old, now, name);
  compareSchemas(comparison, get(old, "items"), get(now, "items"), `${name}[]`);
  compareAdditional(comparison, old, now, name);
  for (const key of ["oneOf", "anyOf"]) compareVariants(comparison, listAt(old, key), listAt(now, key), name);
  // What bounds another type says nothing that its change has not said.
  if (isRelated) compareConstraints(comparison, old, now, name);
}

function compareAbsence(
  { side, report }: Comparison,
  before: Json | undefined,
  after: Json | undefined,
  subject: string,
): void {
  if (isSame(before, after)) return;
  const change = { subject, from: before === undefined ? "anything" : "what it was", to: "anything" };
  // Without a schema a value can be anything.
  if (!isObject(after))
    report({ ...change, kind: side === "request" ? "request-widened" : "response-retyped" });
  else
    report({
      ...change,
      to: typeText(after),
      kind: side === "request" ? "request-narrowed" : "response-narrowed",
    });
}

export function componentOf(schema: Json | undefined): string | undefined {
  const ref = textAt(schema, "$ref");
  return ref?.startsWith("#/components/schemas/") ? parseRef(ref)?.at(-1) : undefined;
}

function holdsRef(schema: Json): boolean {
  return JSON.stringify(schema).includes('"$ref"');
}

/** Whether one of the types contains the other. */
function compareTypes(
  { side, report }: Comparison,
  old: JsonObject,
  now: JsonObject,
  subject: string,
): boolean {
  const before = typeSet(old);
  const after = typeSet(now);
  const narrower = isSubset(after, before);
  const wider = isSubset(before, after);
  if (narrower && wider) return true;
  const change = { subject, from: typeText(old), to: typeText(now) };
  if (side === "request") report({ ...change, kind: wider ? "request-widened" : "request-narrowed" });
  else report({ ...change, kind: narrower ? "response-narrowed" : "response-retyped" });
  return narrower || wider;
}

function compareEnums({ side, report }: Comparison, old: JsonObject, now: JsonObject, subject: string): void {
  const before = valuesOf(old);
  const after = valuesOf(now);
  if (before === undefined && after === undefined) return;
  if (before === undefined || after === undefined) {
    const change = { subject, from: valuesText(before), to: valuesText(after) };
    if (side === "request")
      report({ ...change, kind: after === undefined ? "request-widened" : "request-narrowed" });
    // A `const` is a closed type in answers too; an enum is open there, so any text was allowed for before.
    else if (after === undefined && get(old, "const") !== undefined)
      report({ ...change, kind: "response-retyped" });
    else report({ ...change, kind: "response-narrowed" });
    return;
  }
  for (const value of after.filter((each) => !before.includes(each)))
    report({ kind: `${side}-value-added`, subject, part: value });
  for (const value of before.filter((each) => !after.includes(each)))
    report({ kind: `${side}-value-removed`, subject, part: value });
}

function valuesOf(schema: JsonObject): string[] | undefined {
  const constant = get(schema, "const");
  const values = constant === undefined ? get(schema, "enum") : [constant];
  if (!Array.isArray(values)) return undefined;
  // Whether null is allowed is a question of the type.
  return values
    .filter((value) => value !== null)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function valuesText(values: readonly string[] | undefined): string {
  return values === undefined ? "any value" : `one of ${values.map((value) => `\`${value}\``).join(", ")}`;
}

function compareProperties(comparison: Comparison, old: JsonObject, now: JsonObject, subject: string): void {
  const { side, report } = comparison;
  const before = objectAt(old, "properties");
  const after = objectAt(now, "properties");
  const wasRequired = (name: string): boolean => listAt(old, "required").includes(name);
  const isRequired = (name: string): boolean => listAt(now, "required").includes(name);
  for (const part of Object.keys(before)) {
    if (!Object.hasOwn(after, part)) {
      report({ kind: `${side}-property-removed`, subject, part });
      continue;
    }
    if (isRequired(part) && !wasRequired(part)) report({ kind: `${side}-required`, subject, part });
    if (!isRequired(part) && wasRequired(part)) report({ kind: `${side}-optional`, subject, part });
    const [oldSchema, newSchema] = [before[part], after[part]];
    if (isDeprecated(comparison.after, newSchema) && !isDeprecated(comparison.before, oldSchema))
      report({ kind: "property-deprecated", subject, part });
    compareSchemas(comparison, oldSchema, newSchema, `${subject}.${part}`);
  }
  for (const part of Object.keys(after).filter((name) => !Object.hasOwn(before, name))) {
    const isNeeded = side === "request" && isRequired(part);
    report({ kind: isNeeded ? "request-required" : `${side}-property-added`, subject, part });
  }
}

function isDeprecated(document: JsonObject, schema: Json | undefined): boolean {
  return isObject(schema) && get(flatten(document, schema), "deprecated") === true;
}

/** An absent `additionalProperties` has no type of its own: only what is written is compared. */
function compareAdditional(comparison: Comparison, old: JsonObject, now: JsonObject, subject: string): void {
  const { side, report } = comparison;
  const before = get(old, "additionalProperties");
  const after = get(now, "additionalProperties");
  if (isObject(before) && isObject(after)) {
    compareSchemas(comparison, before, after, `${subject}.*`);
    return;
  }
  if (isSame(before, after)) return;
  const change = { subject, part: "additionalProperties", from: textOf(before), to: textOf(after) };
  const closes = isObject(before) || before === true;
  if (side === "request")
    report({ ...change, kind: closes || after === false ? "request-tightened" : "request-loosened" });
  else if (closes) report({ kind: "response-retyped", subject, from: "an open object", to: "a closed one" });
  else report({ ...change, kind: "response-constrained" });
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return "unset";
  return isObject(value) ? "a schema" : String(value);
}

/** Variants are the same when they say the same or refer to the same component; the rest is compared in order. */
function compareVariants(
  comparison: Comparison,
  old: readonly Json[],
  now: readonly Json[],
  subject: string,
): void {
  const { side, report } = comparison;
  const isKept = (variant: Json, others: readonly Json[]): boolean =>
    others.some((other) => isSame(other, variant));
  for (const variant of old) if (isKept(variant, now)) compareSchemas(comparison, variant, variant, subject);
  const gone = old.filter((variant) => !isKept(variant, now));
  const come = now.filter((variant) => !isKept(variant, old));
  if (gone.length === come.length) {
    for (const [index, variant] of gone.entries())
      compareSchemas(comparison, variant, come[index], `${subject} (variant ${index + 1})`);
    return;
  }
  const change = { subject, from: `${old.length} variants`, to: `${now.length}` };
  if (side === "request")
    report({ ...change, kind: gone.length === 0 && old.length > 0 ? "request-widened" : "request-narrowed" });
  else
    report({
      ...change,
      kind: come.length === 0 && now.length > 0 ? "response-narrowed" : "response-retyped",
    });
}
