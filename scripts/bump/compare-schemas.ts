import { get, isObject, isSame, type Json, type JsonObject, listAt, objectAt, textAt } from "../spec/json.ts";
import { flatten } from "../spec/rules.ts";
import { parseRef } from "../spec/spec.ts";
import type { Change } from "./rules.ts";

export type Direction = "request" | "response";

/** The state of a comparison: both documents, the direction, and the pairs already compared. */
export interface Comparison {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly direction: Direction;
  readonly seen: Set<string>;
  readonly report: (change: Change) => void;
}

/** Reports the differences between two schemas and their nested schemas; `subject` names the outer one. */
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
  // A replaced component is a change of the referring schema, not of either component.
  const isReplaced = oldName !== undefined && newName !== undefined && oldName !== newName;
  const place = isReplaced || oldName === undefined ? subject : "";
  const key = JSON.stringify([comparison.direction, oldName ?? before, newName ?? after, place]);
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
  // The constraints of an unrelated type add nothing to the reported change of type.
  if (isRelated) compareConstraints(comparison, old, now, name);
}

function compareAbsence(
  { direction, report }: Comparison,
  before: Json | undefined,
  after: Json | undefined,
  subject: string,
): void {
  if (isSame(before, after)) return;
  const change = { subject, from: before === undefined ? "anything" : "its previous type", to: "anything" };
  // Without a schema a value can be anything.
  if (!isObject(after))
    report({ ...change, kind: direction === "request" ? "request-widened" : "response-retyped" });
  else
    report({
      ...change,
      to: typeText(after),
      kind: direction === "request" ? "request-narrowed" : "response-narrowed",
    });
}

export function componentOf(schema: Json | undefined): string | undefined {
  const ref = textAt(schema, "$ref");
  return ref?.startsWith("#/components/schemas/") ? parseRef(ref)?.at(-1) : undefined;
}

function holdsRef(schema: Json): boolean {
  return JSON.stringify(schema).includes('"$ref"');
}

/** Returns true when one of the types contains the other. */
function compareTypes(
  { direction, report }: Comparison,
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
  if (direction === "request") report({ ...change, kind: wider ? "request-widened" : "request-narrowed" });
  else report({ ...change, kind: narrower ? "response-narrowed" : "response-retyped" });
  return narrower || wider;
}

function compareEnums(
  { direction, report }: Comparison,
  old: JsonObject,
  now: JsonObject,
  subject: string,
): void {
  const before = valuesOf(old);
  const after = valuesOf(now);
  if (before === undefined && after === undefined) return;
  if (before === undefined || after === undefined) {
    const change = { subject, from: valuesText(before), to: valuesText(after) };
    if (direction === "request")
      report({ ...change, kind: after === undefined ? "request-widened" : "request-narrowed" });
    // A `const` is a closed type in responses too; an enum is open there, so code already accepts any text.
    else if (after === undefined && get(old, "const") !== undefined)
      report({ ...change, kind: "response-retyped" });
    else report({ ...change, kind: "response-narrowed" });
    return;
  }
  for (const value of after.filter((each) => !before.includes(each)))
    report({ kind: `${direction}-value-added`, subject, part: value });
  for (const value of before.filter((each) => !after.includes(each)))
    report({ kind: `${direction}-value-removed`, subject, part: value });
}

function valuesOf(schema: JsonObject): string[] | undefined {
  const constant = get(schema, "const");
  const values = constant === undefined ? get(schema, "enum") : [constant];
  if (!Array.isArray(values)) return undefined;
  // The comparison of types covers null.
  return values
    .filter((value) => value !== null)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

function valuesText(values: readonly string[] | undefined): string {
  return values === undefined ? "any value" : `one of ${values.map((value) => `\`${value}\``).join(", ")}`;
}

function compareProperties(comparison: Comparison, old: JsonObject, now: JsonObject, subject: string): void {
  const { direction, report } = comparison;
  const before = objectAt(old, "properties");
  const after = objectAt(now, "properties");
  const wasRequired = (name: string): boolean => listAt(old, "required").includes(name);
  const isRequired = (name: string): boolean => listAt(now, "required").includes(name);
  for (const part of Object.keys(before)) {
    if (!Object.hasOwn(after, part)) {
      report({ kind: `${direction}-property-removed`, subject, part });
      continue;
    }
    if (isRequired(part) && !wasRequired(part)) report({ kind: `${direction}-required`, subject, part });
    if (!isRequired(part) && wasRequired(part)) report({ kind: `${direction}-optional`, subject, part });
    const [oldSchema, newSchema] = [before[part], after[part]];
    if (isDeprecated(comparison.after, newSchema) && !isDeprecated(comparison.before, oldSchema))
      report({ kind: "property-deprecated", subject, part });
    compareSchemas(comparison, oldSchema, newSchema, `${subject}.${part}`);
  }
  for (const part of Object.keys(after).filter((name) => !Object.hasOwn(before, name))) {
    const isNeeded = direction === "request" && isRequired(part);
    report({ kind: isNeeded ? "request-required" : `${direction}-property-added`, subject, part });
  }
}

function isDeprecated(document: JsonObject, schema: Json | undefined): boolean {
  return isObject(schema) && get(flatten(document, schema), "deprecated") === true;
}

/** An absent `additionalProperties` has no type of its own: only explicit values are compared. */
function compareAdditional(comparison: Comparison, old: JsonObject, now: JsonObject, subject: string): void {
  const { direction, report } = comparison;
  const before = get(old, "additionalProperties");
  const after = get(now, "additionalProperties");
  if (isObject(before) && isObject(after)) {
    compareSchemas(comparison, before, after, `${subject}.*`);
    return;
  }
  if (isSame(before, after)) return;
  const change = { subject, part: "additionalProperties", from: textOf(before), to: textOf(after) };
  const closes = isObject(before) || before === true;
  if (direction === "request")
    report({ ...change, kind: closes || after === false ? "request-tightened" : "request-loosened" });
  else if (closes) report({ kind: "response-retyped", subject, from: "an open object", to: "a closed one" });
  else report({ ...change, kind: "response-constrained" });
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return "unset";
  return isObject(value) ? "a schema" : String(value);
}

/** Matches variants with equal content or the same component; compares the rest in order. */
function compareVariants(
  comparison: Comparison,
  old: readonly Json[],
  now: readonly Json[],
  subject: string,
): void {
  const { direction, report } = comparison;
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
  if (direction === "request")
    report({ ...change, kind: gone.length === 0 && old.length > 0 ? "request-widened" : "request-narrowed" });
  else
    report({
      ...change,
      kind: come.length === 0 && now.length > 0 ? "response-narrowed" : "response-retyped",
    });
}

const LOWER = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const UPPER = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const TEXTS = [
  "title description summary example examples default deprecated $comment externalDocs xml contentMediaType",
  "contentEncoding $id $schema $anchor",
].flatMap((keys) => keys.split(" "));

/** Returns a schema without what only people read: the texts, and the extensions that overlays add. */
export function withoutTexts(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutTexts(item) as Json);
  if (!isObject(value)) return value;
  // A property of such a name has a schema as its value.
  const isText = (key: string, item: Json): boolean =>
    key.startsWith("x-") || (TEXTS.includes(key) && !isObject(item));
  const kept = Object.entries(value).filter(([key, item]) => !isText(key, item));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutTexts(item) as Json]));
}

const COMPARED = [
  "type properties required items additionalProperties oneOf anyOf allOf enum const $ref format",
].flatMap((keys) => keys.split(" "));

/** Compares bounds, patterns and all other keywords; an unknown keyword counts as a stricter constraint. */
function compareConstraints(
  { direction, report }: Comparison,
  old: JsonObject,
  now: JsonObject,
  subject: string,
): void {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  for (const part of keys) {
    if (TEXTS.includes(part) || part.startsWith("x-")) continue;
    if (COMPARED.includes(part) && part !== "format") continue;
    const [before, after] = [get(old, part), get(now, part)];
    // A change of type has already been reported.
    if (isSame(before, after) || (part === "format" && [before, after].includes("binary"))) continue;
    const change = { subject, part, from: quoted(before), to: quoted(after) };
    if (direction === "response") report({ ...change, kind: "response-constrained" });
    else
      report({ ...change, kind: isLooser(part, before, after) ? "request-loosened" : "request-tightened" });
  }
}

function isLooser(key: string, before: Json | undefined, after: Json | undefined): boolean {
  if (after === undefined || after === false) return true;
  if (typeof before !== "number" || typeof after !== "number") return false;
  return (LOWER.includes(key) && after < before) || (UPPER.includes(key) && after > before);
}

function quoted(value: Json | undefined): string {
  if (value === undefined) return "unset";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const ALL = ["array", "boolean", "number", "object", "string"];

/** The JSON types that a schema allows; a file counts as a separate type, as in TypeScript. */
function typeSet(schema: JsonObject): readonly string[] {
  const written = get(schema, "type");
  const types = Array.isArray(written) ? written.map(String) : written === undefined ? [] : [String(written)];
  const values = listAt(schema, "enum");
  const all = types.length > 0 ? types : [...ALL, ...(hasVariants(schema) ? [] : ["null"])];
  const named = all.map((type) => (type === "string" && get(schema, "format") === "binary" ? "file" : type));
  // An enum lists null beside the type's values; without it there, null is not allowed after all.
  return values.includes(null) && !named.includes("null") ? [...named, "null"] : named;
}

function hasVariants(schema: JsonObject): boolean {
  return listAt(schema, "oneOf").length > 0 || listAt(schema, "anyOf").length > 0;
}

function isSubset(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((type) => outer.includes(type) || (type === "integer" && outer.includes("number")));
}

function typeText(schema: JsonObject): string {
  const ref = textAt(schema, "$ref");
  if (ref !== undefined) return `\`${ref.split("/").at(-1)}\``;
  if (get(schema, "type") === undefined && !listAt(schema, "enum").includes(null)) return "anything";
  return typeSet(schema)
    .map((type) => `\`${type}\``)
    .join(" or ");
}
