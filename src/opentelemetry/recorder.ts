import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Meter,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { HeidiAbortError } from "../errors.ts";
import { monotonicMs } from "../platform.ts";
import type { TelemetryCall, TelemetryFacts, TelemetrySpan } from "../telemetry.ts";
import { type AllowedAttributes, type AttributeValues, allowed, namesOf } from "./attributes.ts";
import { createInstruments, type Instruments } from "./instruments.ts";

/** The tracer and the meter of one client. What they throw never breaks a call. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #operations = new Map<string, OperationAttributes>();
  #instruments: Instruments | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Starts a span, by default as a child of the active one. If the tracer throws, the span records nothing. */
  start({ name, kind = SpanKind.INTERNAL, attributes, ...parts }: SpanParts): RecordedSpan {
    const { tracer, propagateTraceContext } = this.#options;
    const parent = parts.parent ?? context.active();
    let span: Span;
    let own = parent;
    try {
      span = tracer.startSpan(name, { kind, attributes: allowed(attributes) }, parent);
      own = trace.setSpan(parent, span);
    } catch {
      span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    }
    return new RecordedSpan(span, own, parts.finish, propagateTraceContext);
  }

  /** Returns the attributes that are the same for every call of an operation. */
  describe({ operation, method, baseUrl }: TelemetryCall): OperationAttributes {
    const key = `${method} ${operation} ${baseUrl}`;
    let known = this.#operations.get(key);
    if (known === undefined) {
      known = attributesOf(operation, method, baseUrl);
      this.#operations.set(key, known);
    }
    return known;
  }

  /** Writes metrics. They are created with the first write. */
  measure(write: (instruments: Instruments) => void): void {
    try {
      this.#instruments ??= createInstruments(this.#options.meter);
      write(this.#instruments);
    } catch {
      // A meter that throws never breaks a call.
    }
  }
}

interface RecorderOptions {
  readonly tracer: Tracer;
  readonly meter: Meter | undefined;
  readonly propagateTraceContext: boolean;
}

/** The names and attributes of an operation, checked. */
interface OperationAttributes {
  readonly callName: string;
  readonly attemptName: string;
  readonly operation: AllowedAttributes;
  /** The attributes of an HTTP request. */
  readonly request: AllowedAttributes;
}

function attributesOf(operation: string, method: string, baseUrl: string): OperationAttributes {
  const { name, template } = namesOf(operation);
  const { hostname, port, protocol } = new URL(baseUrl);
  const target = allowed({ "http.request.method": method, "url.template": template });
  return {
    callName: name,
    attemptName: Object.values(target).join(" "),
    operation: allowed({ "heidi.operation": operation }),
    request: {
      ...target,
      ...allowed({
        "server.address": hostname.replace(/^\[|\]$/g, ""),
        "server.port": Number(port) || (protocol === "http:" ? 80 : 443),
      }),
    },
  };
}

/** The parts in which spans differ. */
export interface SpanParts {
  readonly name: string;
  readonly kind?: SpanKind;
  readonly attributes: AttributeValues;
  /** Default: the active context. */
  readonly parent?: Context;
  readonly finish: FinishSpan;
}

/** Returns the attributes that are known at the end, and writes the metrics of the span. */
type FinishSpan = (error: unknown, facts: TelemetryFacts, seconds: number) => AttributeValues;

/** A span, with the context of its children. */
export class RecordedSpan implements TelemetrySpan {
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly context: Context;
  readonly #span: Span;
  readonly #finish: FinishSpan;
  readonly #startedMs = monotonicMs();
  #isEnded = false;

  constructor(span: Span, own: Context, finish: FinishSpan, propagates: boolean) {
    this.#span = span;
    this.context = own;
    this.#finish = finish;
    this.headers = propagates ? traceHeaders(span) : undefined;
  }

  run<T>(work: () => T): T {
    return context.with(this.context, work);
  }

  end(error?: unknown, facts: TelemetryFacts = {}): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const seconds = (monotonicMs() - this.#startedMs) / 1_000;
    const attributes = allowed(this.#finish(error, facts, seconds));
    try {
      this.#span.setAttributes(attributes);
      // Without a description, which by the conventions would be the message of the error.
      if (error !== undefined && !isAbort(error)) this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.end();
    } catch {
      // A span that throws never breaks a call.
    }
  }
}

/** Returns true for the error of a call that its caller ended: that is no failure. */
export const isAbort = (error: unknown): boolean => error instanceof HeidiAbortError;

/** Returns the header of W3C's Trace Context. `tracestate` and `baggage` can hold any text, so they are never sent. */
function traceHeaders(span: Span): Readonly<Record<string, string>> | undefined {
  const own = span.spanContext();
  if (!isSpanContextValid(own)) return undefined;
  return { traceparent: `00-${own.traceId}-${own.spanId}-0${own.traceFlags & 1}` };
}
