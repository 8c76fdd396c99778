import { HeidiArgumentError } from "../errors.ts";
import { kindOf } from "./faults.ts";

/** A form field's text: scalars as they are, dates as ISO 8601 in UTC, objects as JSON. */
export function fieldText(name: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (Number.isFinite(value)) return String(value);
      break;
    case "object":
      return objectText(name, value);
  }
  throw refuse(name, typeof value === "number" ? "not a finite number" : kindOf(value));
}

function objectText(name: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = value instanceof Date ? value.toISOString() : JSON.stringify(value);
  } catch {
    // The engine's message would quote property names, and so can a `toJSON` of the caller's.
    throw refuse(name, "an object that cannot be written as JSON");
  }
  if (text === undefined) throw refuse(name, "an object without a JSON form");
  return text;
}

function refuse(name: string, found: string): HeidiArgumentError {
  return new HeidiArgumentError(
    name,
    `"${name}" cannot be sent as a form field: it is ${found}; nothing was sent.`,
  );
}
