import { HeidiStreamError, type StreamFault } from "../errors.ts";
import type { ItemFields, Position } from "./types.ts";

const ADVICE =
  "The request was processed; the text received so far is in `partialText`. Check the session before you repeat the request.";

/** Creates the error for a fault of the stream itself. The response was a success, so the server has acted. Never quotes the body. */
export function streamError(fault: StreamFault, what: string, detail?: unknown): HeidiStreamError {
  return new HeidiStreamError(fault, `${what} ${ADVICE}`, { outcome: "processed", detail });
}

export function malformedError(what: string, at: Position): HeidiStreamError {
  return streamError(
    "malformed",
    `The stream is malformed at line ${at.line}, byte ${at.offsetBytes}: ${what}.`,
  );
}

export function itemTooLongError(maxBytes: number, at: Position): HeidiStreamError {
  return streamError(
    "too-long",
    `The stream has an item at line ${at.line}, byte ${at.offsetBytes} that is longer than the limit of ${maxBytes} bytes.`,
  );
}

export function truncatedError(at: Position): HeidiStreamError {
  return streamError(
    "truncated",
    `The stream ended in the middle of an item, which began at line ${at.line}, byte ${at.offsetBytes}.`,
  );
}

export function textTooLongError(maxLength: number): HeidiStreamError {
  return streamError(
    "too-long",
    `The text is longer than the limit of ${maxLength} characters (\`maxLength\`).`,
  );
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== "";
}

/** Returns the error for an error object of the API: its `detail`, its `error`, or all of it. */
export function errorObject(value: unknown): HeidiStreamError {
  const fields: ItemFields = typeof value === "object" && value !== null ? value : {};
  const detail = [fields.detail, fields.error].find(isPresent) ?? value;
  return streamError("error-object", "The API ended the stream with an error object, see `detail`.", detail);
}

/**
 * Refuses an error object: one with an `error`, or with a `detail` and without a string `data`. Null, false and "" do
 * not count. An error next to text counts too; otherwise a note that ends with it would count as complete.
 *
 * @throws HeidiStreamError with the fault `error-object`.
 */
export function throwErrorObject(item: ItemFields): void {
  if (isPresent(item.error) || (typeof item.data !== "string" && isPresent(item.detail)))
    throw errorObject(item);
}
