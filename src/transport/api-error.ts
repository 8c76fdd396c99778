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
import { asksForLink } from "../link-required.ts";
import { askedDialect, type RefusedField, refusedFields } from "./dialect.ts";
import type { Dialect, Operation } from "./operation.ts";

type ApiErrorClass = new (message: string, parts: ApiErrorParts, facts: ErrorFacts) => HeidiApiError;

const CLASSES: Readonly<Record<number, ApiErrorClass>> = {
  400: HeidiBadRequestError,
  401: HeidiAuthenticationError,
  403: HeidiPermissionError,
  404: HeidiNotFoundError,
  409: HeidiConflictError,
  422: HeidiUnprocessableError,
};

/** What is told of an answer, by its status and where it came from. `docs/errors.md` is made from this. */
export const HINTS = {
  401: "Check the API key or token, its region, and that the user is who the token was issued for.",
  403: "This user may not do this.",
  404: "Check the id, and that it belongs to this user.",
  413: "The upload is larger than the server or a proxy before it allows.",
  422: "`detail` may say which field.",
  429: "Too many requests: `retryAfterMs` says how long to wait, if the server did.",
  key: "The API key was refused: check that it is complete and not withdrawn, and that it belongs to the region of baseUrl.",
  address:
    "There is no such part of the API at this address. Check baseUrl or HEIDI_BASE_URL: it ends in /api/v2/ml-scribe/open-api.",
  path: "There is nothing at this path: check it, and that baseUrl ends in /api/v2/ml-scribe/open-api.",
  redirect: "Redirects are refused: nothing was sent to another address. Check baseUrl.",
} as const;

/** The only form in which a server's word is repeated in a message: the name of an error class. */
const ERROR_NAME = /^[A-Z][A-Za-z]{2,60}(?:Error|Exception)$/;

/** The error for a complete answer that is not a success. Its text names the status, never the server's own words. */
export function createApiError(
  operation: Operation,
  answer: { readonly status: number; readonly headers: Headers; readonly body: string },
  facts: ErrorFacts & {
    readonly retryAfterMs: number | undefined;
    readonly note: string;
    readonly sentAs?: Dialect | undefined;
  },
): HeidiApiError {
  const { status } = answer;
  const parts: ApiErrorParts = { ...answer, ...parseDetail(answer.body) };
  const named = parts.type && ERROR_NAME.test(parts.type) ? ` (${parts.type})` : "";
  const unknown = facts.outcome === "unknown" && operation.retry === "once" ? UNKNOWN_HINT : "";
  const unlinked = asksForLink(parts) ? LINK_HINT : "";
  const refused = status === 422 ? explainFields(operation, answer.body, facts.sentAs) : "";
  const hint = unlinked || refused || hintOf(operation, parts) || unknown;
  const message = [`${operation.id} was answered with status ${status}${named}.`, hint, facts.note]
    .filter(Boolean)
    .join(" ");
  const complete: ErrorFacts & { retryAfterMs: number | undefined } = { ...facts, operation: operation.id };
  if (status === 429) return new HeidiRateLimitError(message, parts, complete);
  if (status >= 500) return new HeidiServerError(message, parts, complete);
  return new (CLASSES[status] ?? HeidiApiError)(message, parts, complete);
}

const FAULTS: Readonly<Record<RefusedField["fault"], string>> = {
  missing: "is missing",
  unknown: "is not known there",
  invalid: "is not accepted",
};

/** Which of the operation's fields a 422 is about, and whether another form of requests would do; never a value. */
function explainFields(operation: Operation, body: string, sentAs: Dialect | undefined): string {
  const fields = refusedFields(operation, body).slice(0, 10);
  const named = fields.map(({ name, fault }) => `\`${name}\` ${FAULTS[fault]}`).join(", ");
  const asked = sentAs && askedDialect(operation, body, sentAs);
  // What one form does without and the other demands, only the caller can give.
  const isCallers = fields.some(
    ({ name, fault }) =>
      fault === "missing" &&
      operation.forms?.optional?.includes(name) === true &&
      operation.forms.defaults?.spec?.[name] === undefined,
  );
  const other =
    asked === undefined || asked === sentAs || isCallers
      ? ""
      : `This deployment seems to take the other form of requests: set the option \`dialect\` to "${asked}".`;
  return [named && `Of the request, ${named}.`, other].filter(Boolean).join(" ");
}

function hintOf(operation: Operation, answer: ApiErrorParts): string | undefined {
  const { status } = answer;
  if (status >= 300 && status < 400) return HINTS.redirect;
  if (operation.auth === "apiKey" && (status === 401 || status === 403)) return HINTS.key;
  if (status === 405 || (status === 404 && isUnknownPath(operation, answer)))
    return operation.label === undefined ? HINTS.address : HINTS.path;
  return status in HINTS ? HINTS[status as keyof typeof HINTS] : undefined;
}

/** A server that does not know a path says so in its framework's own words, or in none; the API names the error that an id is. */
function isUnknownPath(
  operation: Pick<Operation, "pathParameters" | "label">,
  { type, detail }: Pick<ApiErrorParts, "type" | "detail">,
): boolean {
  if (type !== undefined) return false;
  const isFrameworks = detail === undefined || /^(?:Not Found|no such route)\.?$/i.test(detail);
  return isFrameworks || (operation.pathParameters.length === 0 && operation.label === undefined);
}

const LINK_HINT =
  "This clinician is not linked to a Heidi account: let them sign in to Heidi at `account.linkUrl()`, or link them with `account.link()`, and call again.";

/** What to do when nobody knows whether a create happened. */
export const UNKNOWN_HINT =
  "The server may have acted: look for the result (by its ehr id) before repeating the call.";

/** Understands `{"detail":{"msg","type"}}`, `{"detail":"…"}` and `{"detail":[{loc,msg,type}]}`; anything else has no detail. */
export function parseDetail(body: string): { type: string | undefined; detail: string | undefined } {
  const none = { type: undefined, detail: undefined };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return none; // an HTML page of a proxy, or cut at the limit
  }
  const detail = field(parsed, "detail");
  if (typeof detail === "string") return { type: undefined, detail };
  if (Array.isArray(detail)) {
    return {
      type: text(field(detail[0], "type")),
      detail: detail.slice(0, 50).map(describeIssue).join("; ") || undefined,
    };
  }
  return { type: text(field(detail, "type")), detail: text(field(detail, "msg")) };
}

function describeIssue(issue: unknown): string {
  const loc = field(issue, "loc");
  const place = Array.isArray(loc)
    ? loc.filter((part) => typeof part === "string" || typeof part === "number").join(".")
    : "";
  const message = text(field(issue, "msg")) ?? "invalid";
  return place ? `${place}: ${message}` : message;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function field(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? Reflect.get(holder, name)
    : undefined;
}
