import { HeidiConnectionError, type HeidiError, type Outcome } from "../errors.ts";
import { UNKNOWN_HINT } from "./api-error.ts";
import type { Operation } from "./operation.ts";
import { Fact, type Fault } from "./outcome.ts";
import type { Failure } from "./retry.ts";

/** A failed attempt: what the caller would be told, and what the retry policy needs to know. */
export interface Problem {
  readonly error: HeidiError;
  /** Undefined when repeating is out of the question: the caller ended the call, or its input is at fault. */
  readonly failure: Failure | undefined;
}

export const NOT_REPLAYABLE: string =
  "It was not repeated, because its body is a stream that can be read only once: pass fileFromPath, a Blob, bytes or a factory of streams.";

const CERTIFICATE_HINT =
  "The server's certificate was not accepted: check baseUrl, this machine's clock and its trusted authorities.";

/** The error for a connection that could not be made or broke. */
export function connectionError(
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
  }
  return new HeidiConnectionError(note ? `${message} ${note}` : message, facts);
}

const RANK: readonly Outcome[] = ["not-sent", "rejected", "unknown", "processed"];

/** What several attempts prove together: if one may have been acted on, the call may have been. */
export function worstOutcome(one: Outcome, other: Outcome): Outcome {
  return RANK.indexOf(one) >= RANK.indexOf(other) ? one : other;
}
