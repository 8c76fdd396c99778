import { get, isSame, type Json, type JsonObject } from "../spec/json.ts";
import type { Comparison } from "./schemas.ts";

const LOWER = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const UPPER = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
const TEXTS = [
  "title description summary example examples default deprecated $comment externalDocs xml contentMediaType",
  "contentEncoding $id $schema $anchor",
].flatMap((keys) => keys.split(" "));
const COMPARED = [
  "type properties required items additionalProperties oneOf anyOf allOf enum const $ref format",
].flatMap((keys) => keys.split(" "));

/** Bounds, patterns and whatever else a schema may say; what is not known counts as a narrower request. */
export function compareConstraints(
  { side, report }: Comparison,
  old: JsonObject,
  now: JsonObject,
  subject: string,
): void {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  for (const part of keys) {
    if (TEXTS.includes(part) || part.startsWith("x-")) continue;
    if (COMPARED.includes(part) && part !== "format") continue;
    const [before, after] = [get(old, part), get(now, part)];
    // Another type has been reported already, and it is what changed.
    if (isSame(before, after) || (part === "format" && [before, after].includes("binary"))) continue;
    const change = { subject, part, from: textOf(before), to: textOf(after) };
    if (side === "response") report({ ...change, kind: "response-constrained" });
    else
      report({ ...change, kind: isLooser(part, before, after) ? "request-loosened" : "request-tightened" });
  }
}

function isLooser(key: string, before: Json | undefined, after: Json | undefined): boolean {
  if (after === undefined || after === false) return true;
  if (typeof before !== "number" || typeof after !== "number") return false;
  return (LOWER.includes(key) && after < before) || (UPPER.includes(key) && after > before);
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return "unset";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}
