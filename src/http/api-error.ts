import {
  type ApiErrorParts,
  HeidiApiError,
  HeidiAuthenticationError,
  HeidiBadRequestError,
  HeidiConflictError,
  HeidiNotFoundError,
  HeidiPermissionError,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiUnprocessableError,
} from "../api-errors.ts";
import type { ErrorFacts } from "../errors.ts";
import { getProperty } from "../utils/values.ts";
import type { Operation } from "./operation.ts";

type ApiErrorClass = new (message: string, parts: ApiErrorParts, facts: ErrorFacts) => HeidiApiError;

const CLASSES: Readonly<Record<number, ApiErrorClass>> = {
  400: HeidiBadRequestError,
  401: HeidiAuthenticationError,
  403: HeidiPermissionError,
  404: HeidiNotFoundError,
  409: HeidiConflictError,
  422: HeidiUnprocessableError,
};

/** The name of an error class: the only text of a server that a message repeats. */
const ERROR_NAME = /^[A-Z][A-Za-z]{2,60}(?:Error|Exception)$/;

/**
 * Creates the error for a complete response that is not a success. Its message names the status, never the server's text;
 * `hint` is the remedy.
 */
export function createApiError(
  operation: Operation,
  response: { readonly status: number; readonly headers: Headers; readonly body: string },
  facts: ErrorFacts & { readonly retryAfterMs: number | undefined; readonly note: string },
  hint = "",
): HeidiApiError {
  const { status } = response;
  const parts: ApiErrorParts = { ...response, ...parseDetail(response.body) };
  const named = parts.type && ERROR_NAME.test(parts.type) ? ` (${parts.type})` : "";
  const unknown = facts.outcome === "unknown" && operation.retry === "once" ? UNKNOWN_HINT : "";
  const message = [`${operation.name} failed with status ${status}${named}.`, hint || unknown, facts.note]
    .filter(Boolean)
    .join(" ");
  const complete: ErrorFacts & { retryAfterMs: number | undefined } = { ...facts, operation: operation.id };
  if (status === 429) return new HeidiRateLimitError(message, parts, complete);
  if (status >= 500) return new HeidiServerError(message, parts, complete);
  return new (CLASSES[status] ?? HeidiApiError)(message, parts, complete);
}

/** The remedy for a create whose outcome is unknown. */
export const UNKNOWN_HINT =
  "The server may have processed the request: check whether the result exists (by its EHR id) before you repeat the call.";

/** Parses `{"detail":{"msg","type"}}`, `{"detail":"…"}` and `{"detail":[{loc,msg,type}]}`; any other body has no detail. */
export function parseDetail(body: string): { type: string | undefined; detail: string | undefined } {
  const none = { type: undefined, detail: undefined };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return none; // an HTML page of a proxy, or a body truncated at the limit
  }
  const detail = getProperty(parsed, "detail");
  if (typeof detail === "string") return { type: undefined, detail };
  if (Array.isArray(detail)) {
    return {
      type: text(getProperty(detail[0], "type")),
      detail: detail.slice(0, 50).map(describeIssue).join("; ") || undefined,
    };
  }
  return { type: text(getProperty(detail, "type")), detail: text(getProperty(detail, "msg")) };
}

function describeIssue(issue: unknown): string {
  const loc = getProperty(issue, "loc");
  const place = Array.isArray(loc)
    ? loc.filter((part) => typeof part === "string" || typeof part === "number").join(".")
    : "";
  const message = text(getProperty(issue, "msg")) ?? "invalid";
  return place ? `${place}: ${message}` : message;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
