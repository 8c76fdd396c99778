import { type Context, SpanKind } from "@opentelemetry/api";
import { isHeidiError } from "../errors.ts";
import type { CallSpan, TelemetryCall, TelemetrySpan, TelemetryWorkflow } from "../telemetry.ts";
import { type AttributeValues, allowed, namesOf, workflowName } from "./attributes.ts";
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
  const own = { "heidi.operation": call.operation };
  let attempts = 0;
  const span = recorder.start({
    name: namesOf(call.operation).name,
    attributes: own,
    finish: (error, { receivedBytes }, seconds) => {
      const end = describe(error);
      recorder.measure((instruments) => {
        const { "error.type": type, "heidi.outcome": outcome } = end;
        const attributes = allowed({ ...own, "error.type": type, "heidi.outcome": outcome });
        instruments.callDuration.record(seconds, attributes);
        if (receivedBytes) instruments.receivedBytes.add(receivedBytes, allowed(own));
        if (call.operation === "getJwt" && error === undefined) instruments.tokenExchanges.add(1);
      });
      return { ...end, "heidi.attempts": attempts, "heidi.received_bytes": receivedBytes };
    },
  });
  return Object.assign(span, {
    startAttempt: (number: number) => {
      attempts = number;
      if (number > 1) recorder.measure(({ retries }) => retries.add(1, allowed(own)));
      return startAttempt(recorder, call, number, span.context);
    },
  });
}

/** Starts the span of an attempt: an HTTP client span of the stable conventions, but without a URL. */
function startAttempt(
  recorder: Recorder,
  { operation, method, baseUrl }: TelemetryCall,
  number: number,
  parent: Context,
): TelemetrySpan {
  const { template } = namesOf(operation);
  const request = { "http.request.method": method, "url.template": template, ...recorder.addressOf(baseUrl) };
  const own = { "heidi.operation": operation };
  return recorder.start({
    name: Object.values(allowed({ "http.request.method": method, "url.template": template })).join(" "),
    kind: SpanKind.CLIENT,
    parent,
    attributes: { ...request, ...own, "http.request.resend_count": number > 1 ? number - 1 : undefined },
    finish: (error, { status, sentBytes, receivedBytes }, seconds) => {
      const end = describe(error);
      const isRefused = status !== undefined && status >= 400 && end["error.type"] !== undefined;
      const response = {
        "error.type": isRefused ? status : end["error.type"],
        "http.response.status_code": status,
      };
      recorder.measure((instruments) => {
        instruments.requestDuration.record(seconds, allowed({ ...request, ...response }));
        if (sentBytes) instruments.sentBytes.add(sentBytes, allowed(own));
        if (receivedBytes) instruments.receivedBytes.add(receivedBytes, allowed(own));
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
