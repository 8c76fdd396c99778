import type { ApiErrorParts } from "../api-errors.ts";
import { asksForLink } from "../link-required.ts";
import { parseDetail } from "./api-error.ts";
import { dialectAskedFor, type RefusedField, refusedFields } from "./dialect.ts";
import type { Dialect, Operation } from "./operation.ts";

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

/** What to do about an answer that is not a success, for its error's message; empty where its status says all. */
export function hintFor(
  operation: Operation,
  status: number,
  body: string,
  sentAs: Dialect | undefined,
): string {
  const answer: Answered = { status, ...parseDetail(body) };
  if (asksForLink(answer)) return LINK_HINT;
  const refused = status === 422 ? explainFields(operation, body, sentAs) : "";
  return refused || hintOf(operation, answer) || "";
}

type Answered = Pick<ApiErrorParts, "status" | "type" | "detail">;

const LINK_HINT =
  "This clinician is not linked to a Heidi account: let them sign in to Heidi at `account.linkUrl()`, or link them with `account.link()`, and call again.";

const FAULTS: Readonly<Record<RefusedField["fault"], string>> = {
  missing: "is missing",
  unknown: "is not known there",
  invalid: "is not accepted",
};

/** Which of the operation's fields a 422 is about, and whether another form of requests would do; never a value. */
function explainFields(operation: Operation, body: string, sentAs: Dialect | undefined): string {
  const fields = refusedFields(operation, body).slice(0, 10);
  // What is not known of a body is its type.
  const wrong = ({ name, fault }: RefusedField): string =>
    FAULTS[name === operation.forms?.body && fault === "unknown" ? "invalid" : fault];
  const named = fields.map((field) => `\`${field.name}\` ${wrong(field)}`).join(", ");
  const asked = sentAs && dialectAskedFor(operation, body, sentAs);
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

function hintOf(operation: Operation, answer: Answered): string | undefined {
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
