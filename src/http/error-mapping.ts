import {
  annotate,
  type ErrorFacts,
  HeidiConnectionError,
  HeidiError,
  HeidiTimeoutError,
  HeidiUploadError,
  isHeidiError,
  type Outcome,
} from "../errors.ts";
import { isBrowser } from "../platform.ts";
import { decodeText } from "../utils/utf8.ts";
import { createApiError, UNKNOWN_HINT } from "./api-error.ts";
import type { Cause } from "./error-messages.ts";
import { requestIdOf } from "./headers.ts";
import type { HttpRequest, HttpResponse } from "./http-client.ts";
import type { Dialect, Operation } from "./operation.ts";
import { classifyFault, classifyStatus, type Fault, FetchFault, isSuccess, NetworkError } from "./outcome.ts";
import { isOtherProtocol } from "./platform-errors.ts";
import { MAX_ERROR_BYTES, readBody } from "./response.ts";
import { type Failure, parseRetryAfter, shouldRetry } from "./retry.ts";

/** A failed attempt: the error for the caller, and the facts for the retry policy. */
export interface FailedAttempt {
  readonly error: HeidiError;
  /** Undefined when a retry is impossible: the caller ended the call, or its input is invalid. */
  readonly failure: Failure | undefined;
}

/** The state of an attempt that ended without a complete response. */
export interface AttemptState {
  /** False while certainly no byte has been sent. */
  readonly sent: boolean;
  /** True when a middleware already sent the request once in this attempt. */
  readonly sentBefore: boolean;
  readonly response: HttpResponse | undefined;
  /** The error with which the SDK ended the attempt: a time limit, or the end of the call. */
  readonly interruptedBy: HeidiError | undefined;
  /** True when the whole call is over, not only this attempt. */
  readonly ended: boolean;
  /** The HTTP client's error, if a middleware may have failed instead; undefined without middleware. */
  readonly networkFault: { readonly error: unknown } | undefined;
  readonly replayable: boolean;
  /** The request; errors never show its values. */
  readonly request: HttpRequest | undefined;
}

/** The context of an error response. */
interface ErrorResponseContext extends Pick<AttemptState, "replayable" | "sentBefore"> {
  readonly nowMs: number;
  /** The request format that was sent, if the operation has two. */
  readonly sentAs: Dialect | undefined;
  /** Returns true when the whole call is over; this can happen while the response is read. */
  ended(): boolean;
}

/** Converts a complete response with an error status to an error. */
export async function toApiError(
  operation: Operation,
  response: HttpResponse,
  { replayable, sentBefore, nowMs, sentAs, ended }: ErrorResponseContext,
): Promise<FailedAttempt> {
  const { status, headers } = response;
  let body = "";
  try {
    body = decodeText((await readBody(response.body, MAX_ERROR_BYTES)).bytes);
  } catch (error) {
    if (ended()) throw error; // if the call continues, the status is enough
  }
  // This rejection proves nothing about an earlier request that a middleware sent.
  const mayHaveActed = sentBefore && (operation.retry === "once" || operation.retry === "idempotent");
  const outcome = mayHaveActed ? "unknown" : classifyStatus(status);
  const permanent = mayHaveActed && operation.retry === "once";
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs);
  const failure = { outcome, status, permanent, retryAfterMs };
  const cannotRepeat = !replayable && (status === 401 || shouldRetry(operation.retry, failure));
  const facts = {
    outcome,
    requestId: requestIdOf(headers),
    retryAfterMs,
    note: cannotRepeat ? NOT_REPLAYABLE : "",
  };
  const messages = status < 500 ? await loadMessages() : undefined;
  const hint = messages?.hintFor(operation, status, body, sentAs);
  return {
    error: createApiError(operation, { status, headers: headers.toHeaders(), body }, facts, hint),
    failure,
  };
}

const MESSAGES_LOAD_MS = 5_000;

/**
 * Loads the module of error messages, on the first error response or the first network error with a code. If loading fails,
 * the error has a shorter message.
 */
const loadMessages = (): Promise<typeof import("./error-messages.ts") | undefined> =>
  loadInTime(() => import("./error-messages.ts"));

type KnownFaults = Pick<typeof import("./error-messages.ts"), "causeOf"> &
  Pick<typeof import("./permanent-codes.ts"), "isPermanentCode">;

/** Loads what is known of failures with a code. If loading fails, such a failure has the outcome `unknown`. */
const loadKnownFaults = (): Promise<KnownFaults | undefined> =>
  loadInTime(async () => {
    const [{ causeOf }, { isPermanentCode }] = await Promise.all([
      import("./error-messages.ts"),
      import("./permanent-codes.ts"),
    ]);
    return { causeOf, isPermanentCode };
  });

async function loadInTime<T>(load: () => Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), MESSAGES_LOAD_MS);
  });
  try {
    return await Promise.race([load(), timeout]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Converts a failure without a complete response: a network error, a timeout, an abort or invalid input. */
export async function toConnectionError(
  operation: Operation,
  thrown: unknown,
  state: AttemptState,
): Promise<FailedAttempt> {
  // Browsers report neither a code nor a proxy failure, so nothing is loaded there: the network may be down.
  const { proxy, code, words } = classifyFault(thrown);
  const isKnown = proxy !== undefined || code !== undefined || (words && isOtherProtocol(words));
  const known = isKnown && !state.interruptedBy ? await loadKnownFaults() : undefined;
  return createConnectionError(operation, thrown, state, {
    cause: known?.causeOf({ proxy, code, words }),
    isPermanentCode: known?.isPermanentCode,
  });
}

/** What is known of faults by their codes. */
interface KnownFault {
  /** The reason for the message. */
  readonly cause?: Cause | undefined;
  readonly isPermanentCode?: ((code: string) => boolean) | undefined;
}

/** Converts the failure synchronously, with what is known of its code. */
export function createConnectionError(
  operation: Operation,
  thrown: unknown,
  state: AttemptState,
  { cause, isPermanentCode }: KnownFault = {},
): FailedAttempt {
  const { response, interruptedBy, networkFault, ended } = state;
  const sent = state.sent || state.sentBefore;
  const succeeded = response !== undefined && isSuccess(response.status);
  const proven: Outcome | undefined = succeeded ? "processed" : sent ? undefined : "not-sent";
  const requestId = response && requestIdOf(response.headers);
  const error = interruptedBy ?? thrown;
  const own = findOwn(error);
  if (own) {
    // If the source failed before its first byte, its outcome is more precise than that of the HTTP client, which waited for it.
    const isFromHttpClient =
      !response && !state.sentBefore && (!networkFault || networkFault.error === error);
    const isSourceError = isFromHttpClient && own instanceof HeidiUploadError;
    const outcome = proven ?? (isSourceError ? own.outcome : "unknown");
    annotate(own, { operation: operation.id, outcome, requestId });
    const timedOut = own instanceof HeidiTimeoutError && own === interruptedBy && !ended;
    return {
      error: own,
      failure: timedOut ? { outcome, permanent: false, retryAfterMs: undefined } : undefined,
    };
  }
  if (networkFault && networkFault.error !== error) {
    const facts: ErrorFacts = { operation: operation.id, outcome: proven ?? "unknown", cause: error };
    return {
      error: new HeidiError(`A middleware failed during ${operation.name}; see \`cause\`.`, facts),
      failure: undefined,
    };
  }
  const fault = classifyFault(error, sent, isPermanentCode);
  const outcome = proven ?? (state.sentBefore ? "unknown" : fault.outcome);
  const failure = { outcome, permanent: fault.permanent, retryAfterMs: undefined };
  const cannotRepeat = !state.replayable && shouldRetry(operation.retry, failure);
  const facts = {
    operation: operation.id,
    outcome,
    requestId,
    cause: shownCause(operation, error, fault, state),
  };
  const message = messageOf(operation, { ...fault, outcome }, error instanceof FetchFault, cause);
  return {
    error: new HeidiConnectionError(cannotRepeat ? `${message} ${NOT_REPLAYABLE}` : message, facts),
    failure,
  };
}

/** Returns the `cause` of the error: the caller's own error, unless it contains a value of the request; of a platform's error, only the safe part. */
function shownCause(operation: Operation, error: unknown, fault: Fault, { request }: AttemptState): unknown {
  const shown = new NetworkError(fault);
  if (!(error instanceof FetchFault)) return shown;
  // Every segment of a path that is not in the operation table may be a value.
  const template = operation.label === undefined ? operation.path : operation.path.replace(/[^/]+/g, "{}");
  return error.isShowable(template, request) ? error.cause : shown;
}

/** Returns the SDK's error, also if the platform's fetch wrapped it in another error. */
function findOwn(error: unknown, depth = 0): HeidiError | undefined {
  try {
    if (isHeidiError(error)) return error;
    if (depth > 4 || typeof error !== "object" || error === null) return undefined;
    return findOwn((error as { cause?: unknown }).cause, depth + 1);
  } catch {
    return undefined; // a getter of a foreign error threw
  }
}

const NOT_REPLAYABLE =
  "The call was not repeated, because its body is a stream that can be read only once: pass fileFromPath(), a Blob, bytes or a function that opens a stream.";

/** The remedy for an upload whose connection was reset: the server may have rejected its size. */
const CUT_UPLOAD_HINT = "The upload may also be larger than the server or a proxy in front of it allows.";

const CONNECT_HINT = "Check baseUrl and the network.";

/** The remedy in a browser, which does not report the cause to the page. */
const BROWSER_HINT =
  "A browser does not report the cause to the page; its console shows it. Check the network, that the API allows this page's origin (CORS), and that the page's Content-Security-Policy has the API's origin in connect-src.";

const FETCH_HINT = "Check the function of the option `fetch`; see `cause`.";

/** Returns the message for a connection that failed or broke. */
function messageOf(
  operation: Operation,
  fault: Fault,
  isFetchOption: boolean,
  cause: Cause | undefined,
): string {
  const { outcome, code, proxy, name } = fault;
  const shown = [
    proxy?.status !== undefined ? `status ${proxy.status}` : (code ?? name),
    code ? undefined : fault.words,
  ]
    .filter(Boolean)
    .join(": ");
  const detail = shown && ` (${shown})`;
  const explanation = cause && `${cause.why} ${cause.remedy}`;
  if (outcome === "processed") {
    return `${operation.name} succeeded, but the connection broke before the response was complete${detail}. Read the result instead of repeating the call.`;
  }
  const parts: (string | undefined)[] = [];
  if (proxy)
    parts.push(
      `${operation.name} could not connect through the proxy${detail}; nothing was sent.`,
      explanation,
    );
  else if (outcome === "not-sent")
    parts.push(
      `${operation.name} could not connect${detail}; nothing was sent.`,
      explanation ?? CONNECT_HINT,
    );
  else if (isFetchOption && code === undefined)
    parts.push(`${operation.name} failed: the function of the option \`fetch\` threw${detail}.`);
  else parts.push(`${operation.name} lost its connection${detail}.`, explanation);
  if (isFetchOption && explanation === undefined) parts.push(FETCH_HINT);
  if (outcome === "unknown") {
    if (explanation === undefined && code === undefined && isBrowser()) parts.push(BROWSER_HINT);
    if (operation.retry === "once") parts.push(UNKNOWN_HINT);
    if (operation.body?.kind === "multipart") parts.push(CUT_UPLOAD_HINT);
  }
  return parts.filter(Boolean).join(" ");
}

const RANK: readonly Outcome[] = ["not-sent", "rejected", "unknown", "processed"];

/** Returns the outcome of several attempts: if the server may have processed one, it may have processed the call. */
export function worstOutcome(one: Outcome, other: Outcome): Outcome {
  return RANK.indexOf(one) >= RANK.indexOf(other) ? one : other;
}
