import { type Context, SpanKind } from "@opentelemetry/api";
import { isHeidiError } from "../errors.ts";
import type { CallSpan, TelemetryCall, TelemetrySpan, TelemetryWorkflow } from "../telemetry.ts";
import { type AttributeValues, allowed, workflowName } from "./attributes.ts";
import { isAbort, type Recorder } from "./recorder.ts";

/** Starts the span of a workflow: of a wait, a recording or a consult. */
export function startWorkflow(recorder: Recorder, { kind, name }: TelemetryWorkflow): TelemetrySpan {
  return recorder.start({
    name: workflowName(kind, name),
    attributes: {},
    finish: (error, { polls, chunks, result }) => ({
      ...describe(error),
      "heidi.polls": polls,
      "heidi.chunks": chunks,
      "heidi.result": result,
    }),
  });
}

/** Starts the span of a call: from its first line to its result, or to the end of its stream. */
export function startCall(recorder: Recorder, call: TelemetryCall): CallSpan {
  const { callName, operation } = recorder.describe(call);
  let attempts = 0;
  const span = recorder.start({
    name: callName,
    attributes: operation,
    finish: (error, { receivedBytes }, seconds) => {
      const end = describe(error);
      recorder.measure((instruments) => {
        const { "error.type": type, "heidi.outcome": outcome } = end;
        const result = allowed({ "error.type": type, "heidi.outcome": outcome });
        instruments.callDuration.record(seconds, { ...operation, ...result });
        if (receivedBytes) instruments.receivedBytes.add(receivedBytes, operation);
        if (call.operation === "getJwt" && error === undefined) instruments.tokenExchanges.add(1);
      });
      return { ...end, "heidi.attempts": attempts, "heidi.received_bytes": receivedBytes };
    },
  });
  return Object.assign(span, {
    startAttempt: (number: number) => {
      attempts = number;
      if (number > 1) recorder.measure(({ retries }) => retries.add(1, operation));
      return startAttempt(recorder, call, number, span.context);
    },
  });
}

/** Starts the span of an attempt: an HTTP client span of the stable conventions, but without a URL. */
function startAttempt(
  recorder: Recorder,
  call: TelemetryCall,
  number: number,
  parent: Context,
): TelemetrySpan {
  const { attemptName, operation, request } = recorder.describe(call);
  const resend = number > 1 ? allowed({ "http.request.resend_count": number - 1 }) : undefined;
  return recorder.start({
    name: attemptName,
    kind: SpanKind.CLIENT,
    parent,
    attributes: { ...request, ...operation, ...resend },
    finish: (error, { status, sentBytes, receivedBytes }, seconds) => {
      const end = describe(error);
      const isRefused = status !== undefined && status >= 400 && end["error.type"] !== undefined;
      const response = {
        "error.type": isRefused ? status : end["error.type"],
        "http.response.status_code": status,
      };
      recorder.measure((instruments) => {
        instruments.requestDuration.record(seconds, { ...request, ...allowed(response) });
        if (sentBytes) instruments.sentBytes.add(sentBytes, operation);
        if (receivedBytes) instruments.receivedBytes.add(receivedBytes, operation);
      });
      return {
        ...end,
        ...response,
        "heidi.sent_bytes": sentBytes,
        "heidi.received_bytes": receivedBytes,
      };
    },
  });
}

/** Describes the end of an activity: of its error the class and the outcome, never the message. */
function describe(error: unknown): AttributeValues {
  if (error === undefined) return { "heidi.outcome": "processed" };
  if (!isHeidiError(error)) return { "error.type": "_OTHER" };
  const { name, outcome } = error;
  if (isAbort(error)) return { "heidi.aborted": true, "heidi.outcome": outcome };
  const type = allowed({ "error.type": name })["error.type"] ?? "_OTHER";
  return { "error.type": type, "heidi.outcome": outcome, "heidi.fault": Reflect.get(error, "fault") };
}
