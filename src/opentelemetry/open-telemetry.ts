import { type Meter, type Tracer, trace } from "@opentelemetry/api";
import { HeidiConfigurationError } from "../errors.ts";
import type { Telemetry } from "../telemetry.ts";
import { version } from "../version.ts";
import { Recorder } from "./recorder.ts";
import { startCall, startWorkflow } from "./spans.ts";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** The tracer that creates the spans. Default: the global tracer provider's, named `heidi-health-sdk`. */
  readonly tracer?: Tracer | undefined;
  /**
   * The meter that creates the metrics. Default: the global meter provider's, named `heidi-health-sdk`. The provider must be
   * registered before the client's first call.
   */
  readonly meter?: Meter | undefined;
  /**
   * Sends the header `traceparent` with each request: the ids of your trace and of the attempt's span, and whether the trace
   * is sampled; never `tracestate` or `baggage`. Default false: Heidi is another company, to which the header would show
   * which requests belong together.
   */
  readonly propagateTraceContext?: boolean | undefined;
}

/**
 * Creates the OpenTelemetry spans and metrics of a client: pass it as the option `telemetry`. It needs the package
 * `@opentelemetry/api`, and does nothing until your program registers an OpenTelemetry SDK.
 *
 * An attribute is a number, `true`, a word of a fixed list or the host of `baseUrl`, so no key, token, e-mail address, id,
 * name, text or message of an error can be recorded. An error of the tracer or the meter never breaks a call.
 *
 * @throws HeidiConfigurationError for an invalid option.
 *
 * @example
 * import { openTelemetry } from "heidi-health-sdk/opentelemetry";
 *
 * const heidi = new Heidi({ telemetry: openTelemetry() });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  if (typeof options !== "object" || options === null)
    throw new HeidiConfigurationError("The options of openTelemetry must be an object.");
  const { tracer, meter, propagateTraceContext = false } = options;
  if (tracer !== undefined && typeof tracer?.startSpan !== "function")
    throw new HeidiConfigurationError("The option `tracer` must be a Tracer of @opentelemetry/api.");
  if (meter !== undefined && typeof meter?.createHistogram !== "function")
    throw new HeidiConfigurationError("The option `meter` must be a Meter of @opentelemetry/api.");
  if (typeof propagateTraceContext !== "boolean")
    throw new HeidiConfigurationError("The option `propagateTraceContext` must be true or false.");
  const recorder = new Recorder({
    tracer: tracer ?? trace.getTracer("heidi-health-sdk", version),
    meter,
    propagateTraceContext,
  });
  return {
    startCall: (call) => startCall(recorder, call),
    startWorkflow: (workflow) => startWorkflow(recorder, workflow),
  };
}
