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
import { createApiError, UNKNOWN_HINT } from "./api-error.ts";
import { requestIdOf } from "./headers.ts";
import type { Dialect, Operation } from "./operation.ts";
import { classifyFault, classifyStatus, Fact, type Fault, isSuccess } from "./outcome.ts";
import { decodeText, MAX_ERROR_BYTES, readBody } from "./response.ts";
import { type Failure, mayRepeat, parseRetryAfter } from "./retry.ts";
import type { WireResponse } from "./wire.ts";

/** A failed attempt: what the caller would be told, and what the retry policy needs to know. */
export interface Problem {
  readonly error: HeidiError;
  /** Undefined when repeating is out of the question: the caller ended the call, or its input is at fault. */
  readonly failure: Failure | undefined;
}

/** What is known of a try that ended without a complete answer. */
export interface Evidence {
  /** False as long as certainly no byte has left. */
  readonly sent: boolean;
  /** A middleware had sent the request before. */
  readonly sentBefore: boolean;
  readonly response: WireResponse | undefined;
  /** Our own end of it: a time limit, or whatever ended the call. */
  readonly interruptedBy: HeidiError | undefined;
  /** The whole call is over, not just this try. */
  readonly ended: boolean;
  /** What the wire failed with, where a middleware may have failed instead; undefined where none could. */
  readonly wireFault: { readonly error: unknown } | undefined;
  readonly replayable: boolean;
}

/** What is known of a try that was refused. */
interface RefusalEvidence extends Pick<Evidence, "replayable" | "sentBefore"> {
  readonly nowMs: number;
  /** The form in which the request was sent, where it has two. */
  readonly sentAs: Dialect | undefined;
  /** The whole call is over, maybe only while the answer is read. */
  ended(): boolean;
}

/** A complete answer that is not a success. */
export async function explainRefusal(
  operation: Operation,
  response: WireResponse,
  { replayable, sentBefore, nowMs, sentAs, ended }: RefusalEvidence,
): Promise<Problem> {
  const { status, headers } = response;
  let body = "";
  try {
    body = decodeText((await readBody(response.body, MAX_ERROR_BYTES)).bytes);
  } catch (error) {
    if (ended()) throw error; // the caller's end; otherwise the status says enough
  }
  // What refused this request says nothing of the one that a middleware had sent before it.
  const mayHaveActed = sentBefore && (operation.retry === "once" || operation.retry === "idempotent");
  const outcome = mayHaveActed ? "unknown" : classifyStatus(status);
  const permanent = mayHaveActed && operation.retry === "once";
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs);
  const failure = { outcome, status, permanent, retryAfterMs };
  const stuck = !replayable && (status === 401 || mayRepeat(operation.retry, failure));
  const facts = {
    outcome,
    requestId: requestIdOf(headers),
    retryAfterMs,
    sentAs,
    note: stuck ? NOT_REPLAYABLE : "",
  };
  return { error: createApiError(operation, { status, headers: headers.toHeaders(), body }, facts), failure };
}

/** No complete answer: the connection, the clock, the caller or the input is at fault. */
export function explainBreak(operation: Operation, thrown: unknown, evidence: Evidence): Problem {
  const { response, interruptedBy, wireFault, ended } = evidence;
  const sent = evidence.sent || evidence.sentBefore;
  const succeeded = response !== undefined && isSuccess(response.status);
  const proven: Outcome | undefined = succeeded ? "processed" : sent ? undefined : "not-sent";
  const requestId = response && requestIdOf(response.headers);
  const error = interruptedBy ?? thrown;
  const own = findOwn(error);
  if (own) {
    // A source that failed before it gave a byte knows more than the wire, which had begun to wait for it.
    const ofWire = !response && !evidence.sentBefore && (!wireFault || wireFault.error === error);
    const knows = ofWire && own instanceof HeidiUploadError;
    const outcome = proven ?? (knows ? own.outcome : "unknown");
    annotate(own, { operation: operation.id, outcome, requestId });
    const timedOut = own instanceof HeidiTimeoutError && own === interruptedBy && !ended;
    return {
      error: own,
      failure: timedOut ? { outcome, permanent: false, retryAfterMs: undefined } : undefined,
    };
  }
  if (wireFault && wireFault.error !== error) {
    const facts: ErrorFacts = { operation: operation.id, outcome: proven ?? "unknown", cause: error };
    return {
      error: new HeidiError(`A middleware failed during ${operation.id}; see cause.`, facts),
      failure: undefined,
    };
  }
  const fault = classifyFault(error, sent);
  const outcome = proven ?? (evidence.sentBefore ? "unknown" : fault.outcome);
  const failure = { outcome, permanent: fault.permanent, retryAfterMs: undefined };
  const stuck = !evidence.replayable && mayRepeat(operation.retry, failure);
  const described = connectionError(operation, fault, outcome, stuck ? NOT_REPLAYABLE : "");
  return { error: annotate(described, { requestId }), failure };
}

/** An error of ours, also when a platform's fetch wrapped it in one of its own. */
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
  "It was not repeated, because its body is a stream that can be read only once: pass fileFromPath, a Blob, bytes or a factory of streams.";

const CERTIFICATE_HINT =
  "The server's certificate was not accepted: check baseUrl, this machine's clock and its trusted authorities.";

/** A refusal by size is lost when the server resets a connection on which the upload still arrives. */
const CUT_UPLOAD_HINT = "It may also be larger than the server or a proxy before it allows.";

/** The error for a connection that could not be made or broke. */
function connectionError(
  operation: Operation,
  fault: Fault,
  outcome: Outcome,
  note: string,
): HeidiConnectionError {
  const code = fault.code === undefined ? "" : ` (${fault.code})`;
  const facts = { operation: operation.id, outcome, cause: new Fact(fault) };
  let message: string;
  if (outcome === "not-sent") {
    const advice = fault.permanent ? CERTIFICATE_HINT : "Check baseUrl and the network.";
    message = `${operation.id} could not connect${code}; nothing was sent. ${advice}`;
  } else if (outcome === "processed") {
    message = `${operation.id} succeeded, but the connection broke before its answer was complete${code}. Read the result instead of repeating the call.`;
  } else {
    message = `${operation.id} lost its connection${code}.${operation.retry === "once" ? ` ${UNKNOWN_HINT}` : ""}`;
    if (operation.body?.kind === "multipart") message += ` ${CUT_UPLOAD_HINT}`;
  }
  return new HeidiConnectionError(note ? `${message} ${note}` : message, facts);
}

const RANK: readonly Outcome[] = ["not-sent", "rejected", "unknown", "processed"];

/** What several attempts prove together: if one may have been acted on, the call may have been. */
export function worstOutcome(one: Outcome, other: Outcome): Outcome {
  return RANK.indexOf(one) >= RANK.indexOf(other) ? one : other;
}
