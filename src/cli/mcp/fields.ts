import { getProperty } from "../../utils/values.ts";
import type { FieldSchema, Fields } from "./tool.ts";

/**
 * Returns the fields of an answer that a schema names, and only those whose type fits: the API can send null for nearly
 * everything, and a client rejects a result that does not fit its schema.
 */
export function pickFields(answer: unknown, fields: Fields): Record<string, unknown> {
  const picked = Object.entries(fields).map(
    ([name, schema]) => [name, pickValue(getProperty(answer, name), schema)] as const,
  );
  return Object.fromEntries(picked.filter(([, value]) => value !== undefined));
}

function pickValue(value: unknown, { type, items, properties }: FieldSchema): unknown {
  if (value === null || value === undefined) return undefined;
  if (type === "object") return typeof value === "object" ? pickFields(value, properties ?? {}) : undefined;
  if (type === "array") {
    if (!Array.isArray(value) || items === undefined) return undefined;
    return value.map((item) => pickValue(item, items)).filter((item) => item !== undefined);
  }
  // An id is always a string, whatever the deployment sends.
  if (type === "string" && typeof value === "number") return String(value);
  return typeof value === (type === "integer" ? "number" : type) ? value : undefined;
}
