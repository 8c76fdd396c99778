import { HeidiArgumentError } from "../errors.ts";
import { toJson } from "../json.ts";
import { isDate } from "../values.ts";
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
  throw invalidField(name, typeof value === "number" ? "not a finite number" : kindOf(value));
}

function objectText(name: string, value: unknown): string {
  if (isDate(value)) {
    const time = Number(value);
    if (Number.isNaN(time)) throw invalidField(name, "an invalid date");
    return new Date(time).toISOString();
  }
  // As a page sends it: the text of a query.
  if (Object.prototype.toString.call(value) === "[object URL]") return String(value);
  try {
    return toJson(value);
  } catch (error) {
    throw invalidField(name, `an object that cannot be written as JSON: ${(error as Error).message}`);
  }
}

function invalidField(name: string, found: string): HeidiArgumentError {
  return new HeidiArgumentError(
    name,
    `"${name}" cannot be sent as a form field: it is ${found}; nothing was sent.`,
  );
}
