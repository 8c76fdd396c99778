/**
 * A receiver of the calls and workflows of a client. `openTelemetry()` of `heidi-health-sdk/opentelemetry` creates one. Its
 * methods and those of its spans must not throw.
 */
export interface Telemetry {
  /** Starts the span of a call, as a child of the active span. */
  startCall(call: TelemetryCall): CallSpan;
  /** Starts the span of a workflow, as a child of the active span. */
  startWorkflow(workflow: TelemetryWorkflow): TelemetrySpan;
}

/** The facts about a call at its start; no field contains an id, a query value or other data of the call. */
export interface TelemetryCall {
  /** The operationId, such as `getSession`; `request` for a path that is not in the API description. */
  readonly operation: string;
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** The base URL of the client. */
  readonly baseUrl: string;
}

/** A workflow: a wait, a recording or a consult. Its calls are spans of their own. */
export interface TelemetryWorkflow {
  /** The kind of workflow. */
  readonly kind: "wait" | "recording" | "consult";
  /** The subject of a wait, such as `transcript`. */
  readonly name?: string | undefined;
}

/** A running span. */
export interface TelemetrySpan {
  /** Additional headers for the requests of an attempt, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Runs a function, and returns its result; spans that start in it, also after an `await`, are children of this span. */
  run<T>(work: () => T): T;
  /** Ends the span, with the error that ended its activity if it failed. Later calls have no effect. */
  end(error?: unknown, facts?: TelemetryFacts): void;
}

/** The running span of a call. */
export interface CallSpan extends TelemetrySpan {
  /** Starts the span of an attempt of this call: 1 for the first. */
  startAttempt(number: number): TelemetrySpan;
}

/** The facts that are known at the end of a span. */
export interface TelemetryFacts {
  /** The HTTP status of an attempt; undefined without a response. */
  readonly status?: number | undefined;
  /** The size of the request body in bytes, as far as it was sent. */
  readonly sentBytes?: number | undefined;
  /** The size of the response body in bytes, as far as it was read, after decompression. */
  readonly receivedBytes?: number | undefined;
  /** The number of polls of a wait. */
  readonly polls?: number | undefined;
  /** The number of chunks of a recording. */
  readonly chunks?: number | undefined;
  /** The end of a consult. */
  readonly result?: "done" | "needs-review" | undefined;
}

/** Runs the work of a span. A failure ends the span; a success ends it unless it stays open for a stream. */
export async function runSpan<T>(span: TelemetrySpan, work: () => Promise<T>, staysOpen = false): Promise<T> {
  try {
    const result = await span.run(work);
    if (!staysOpen) span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
