import type { AttributeValue } from "@opentelemetry/api";
import { operations } from "../../generated/operations.ts";

/** Returns the value if the attribute may have it. */
type Rule = (value: unknown) => AttributeValue | undefined;

const rows = Object.values(operations);

const oneOf = (values: readonly string[]): Rule => {
  const allowed = new Set<unknown>(values);
  return (value) => (allowed.has(value) ? (value as string) : undefined);
};
const count: Rule = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
const truth: Rule = (value) => value === true || undefined;
/** The host of the client's `baseUrl`, never of a request. */
const host: Rule = (value) =>
  typeof value === "string" && /^[\w.:-]{1,253}$/.test(value) ? value : undefined;

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** The names of the SDK's error classes; `_OTHER` is every other error, such as one of a middleware. */
const ERROR_TYPES = [
  "HeidiError",
  "HeidiArgumentError",
  "HeidiConfigurationError",
  "HeidiConnectionError",
  "HeidiTimeoutError",
  "HeidiStreamError",
  "HeidiUploadError",
  "HeidiDecodeError",
  "HeidiPollError",
  "HeidiRecordingError",
  "HeidiRequestBodyError",
  "HeidiApiError",
  "HeidiBadRequestError",
  "HeidiAuthenticationError",
  "HeidiPermissionError",
  "HeidiNotFoundError",
  "HeidiConflictError",
  "HeidiUnprocessableError",
  "HeidiRateLimitError",
  "HeidiServerError",
  "_OTHER",
];
const errorClass = oneOf(ERROR_TYPES);
const isErrorStatus = (value: unknown): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 400 && value < 600;

/** The name of an attribute that the SDK can record. */
export type AttributeName =
  | "http.request.method"
  | "http.request.resend_count"
  | "http.response.status_code"
  | "url.template"
  | "server.address"
  | "server.port"
  | "error.type"
  | "heidi.operation"
  | "heidi.outcome"
  | "heidi.aborted"
  | "heidi.attempts"
  | "heidi.fault"
  | "heidi.sent_bytes"
  | "heidi.received_bytes"
  | "heidi.polls"
  | "heidi.chunks"
  | "heidi.result";

/**
 * All attributes that a span or a metric can have, and the values of each: one of a fixed list, a number, `true` or the
 * host of the client's `baseUrl`. Text of any other kind cannot be recorded, so no id, query value, header, body or
 * message can.
 */
const RULES: Readonly<Record<AttributeName, Rule>> = {
  "http.request.method": oneOf(METHODS),
  "http.request.resend_count": count,
  "http.response.status_code": count,
  "url.template": oneOf(rows.map(({ path }) => path)),
  "server.address": host,
  "server.port": count,
  /** An error class, or an HTTP status of 400 to 599. */
  "error.type": (value) => (isErrorStatus(value) ? String(value) : errorClass(value)),
  "heidi.operation": oneOf([...rows.map(({ id }) => id), "request"]),
  "heidi.outcome": oneOf(["not-sent", "rejected", "processed", "unknown"]),
  "heidi.aborted": truth,
  "heidi.attempts": count,
  "heidi.fault": oneOf([
    ...["failed", "deadline", "missing"],
    ...["truncated", "malformed", "stalled", "too-long", "error-object", "unexpected-content"],
  ]),
  "heidi.sent_bytes": count,
  "heidi.received_bytes": count,
  "heidi.polls": count,
  "heidi.chunks": count,
  "heidi.result": oneOf(["done", "needs-review"]),
};

/** The values of attributes, unchecked. */
export type AttributeValues = Readonly<Partial<Record<AttributeName, unknown>>>;

const rules: ReadonlyMap<string, Rule> = new Map(Object.entries(RULES));

/** Attributes that were checked. */
export type AllowedAttributes = { [Name in AttributeName]?: AttributeValue };

/** Returns the attributes that may be recorded; omits every other name, and every value that its rule does not allow. */
export function allowed(values: AttributeValues): AllowedAttributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(values)) {
    const checked = rules.get(name)?.(value);
    if (checked !== undefined) attributes[name] = checked;
  }
  return attributes;
}

/** The fixed facts of an operation. */
export interface OperationNames {
  /** The name of the method, such as `sessions.get`. */
  readonly name: string;
  /** The URL template; undefined for a path that is not in the API description. */
  readonly template: string | undefined;
}

const byId = new Map(rows.map(({ id, name, path }) => [id, { name, template: path }]));
const RAW: OperationNames = { name: "request", template: undefined };

/** Returns the names of an operation by its id. */
export const namesOf = (operation: string): OperationNames => byId.get(operation) ?? RAW;

const WORKFLOWS: ReadonlyMap<string, string> = new Map([
  ["transcript", "transcription.waitForTranscript"],
  ["document", "sessionContext.waitForDocument"],
  ["clinical codes", "clinicalCoding.waitForCodes"],
  ["consult note", "consultNotes.waitForNote"],
  ["recording", "transcription.startRecording"],
  ["consult", "consult"],
]);

/** Returns the method of a workflow as users write it. */
export const workflowName = (kind: string, subject: string | undefined): string =>
  WORKFLOWS.get(subject ?? kind) ?? "workflow";
