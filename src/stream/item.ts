import type { HeidiStreamError } from "../errors.ts";
import { streamError } from "./faults.ts";

/** What is looked at in an item. */
export interface ItemFields {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly detail?: unknown;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== "";
}

/** The error for an error object of the API: its `detail`, its `error`, or all of it. */
export function errorObject(value: unknown): HeidiStreamError {
  const fields: ItemFields = typeof value === "object" && value !== null ? value : {};
  const detail = [fields.detail, fields.error].find(isPresent) ?? value;
  return streamError("error-object", "The API ended the stream with an error object, see `detail`.", detail);
}

/** The text of an item, if it has one. Unknown fields, a missing and a null `data` are tolerated. */
export function textOf(item: ItemFields): string | undefined {
  return typeof item.data === "string" ? item.data : undefined;
}

/**
 * Refuses an error object: one with an `error`, or with a `detail` and without a string `data`. Null, false and "" are
 * none. An error beside text is one too, or a note that ends with it would pass for a whole one.
 *
 * @throws HeidiStreamError with the fault `error-object`.
 */
export function throwErrorObject(item: ItemFields): void {
  if (isPresent(item.error) || (typeof item.data !== "string" && isPresent(item.detail)))
    throw errorObject(item);
}
