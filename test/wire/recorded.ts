import { randomBytes } from "node:crypto";
import { type Attributes, context, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll } from "vitest";

/** What the tests of a file recorded. */
export interface Recorded {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
  /** The finished spans, in the order of their ends. */
  spans(): ReadableSpan[];
  /** The finished spans as a tree, one line each. */
  tree(): string[];
  /** Every sum and every number of records, by metric: `[attributes, value]`. */
  metrics(): Promise<Record<string, (readonly [Attributes, number])[]>>;
  /** All that exporters were given. */
  everything(): Promise<unknown[]>;
}

/** Registers an OpenTelemetry SDK for the tests of a file; each of them finds no spans. */
export function useOpenTelemetry(): Recorded {
  const spanExporter = new InMemorySpanExporter();
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 2_000_000,
  });
  const started: string[] = [];
  const startOrder: SpanProcessor = {
    onStart: (span) => void started.push(span.spanContext().spanId),
    onEnd: () => undefined,
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [startOrder, new SimpleSpanProcessor(spanExporter)],
    // The default one draws from Math.random(), which tests replace.
    idGenerator: {
      generateTraceId: () => randomBytes(16).toString("hex"),
      generateSpanId: () => randomBytes(8).toString("hex"),
    },
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(tracerProvider);
    metrics.setGlobalMeterProvider(meterProvider);
  });
  afterEach(async () => {
    await meterProvider.forceFlush();
    metricExporter.reset();
    spanExporter.reset();
  });
  afterAll(async () => {
    await meterProvider.shutdown();
    await tracerProvider.shutdown();
    trace.disable();
    metrics.disable();
    context.disable();
  });
  const spans = (): ReadableSpan[] => spanExporter.getFinishedSpans();
  const collect = async () => {
    await meterProvider.forceFlush();
    return metricExporter.getMetrics();
  };
  return {
    tracerProvider,
    meterProvider,
    spans,
    tree: () => treeOf(spans().toSorted((a, b) => started.indexOf(idOf(a)) - started.indexOf(idOf(b)))),
    metrics: async () => {
      const all = (await collect()).flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap((scope) => scope.metrics),
      );
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(
            ({ attributes, value }) => [attributes, typeof value === "number" ? value : value.count] as const,
          ),
        ]),
      );
    },
    everything: async () => [
      ...spans().map(({ name, kind, attributes, status, events, links, resource, instrumentationScope }) => ({
        ...{ name, kind, attributes, status, events, links, instrumentationScope },
        resource: resource.attributes,
      })),
      ...(await collect()),
    ],
  };
}

const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

/** Lines such as `  CLIENT GET /sessions/{session_id} 503 ERROR 503`, in the order of the spans. */
function treeOf(spans: readonly ReadableSpan[]): string[] {
  const known = new Set(spans.map(idOf));
  const lines = (parent: string | undefined, indent: string): string[] =>
    spans
      .filter(({ parentSpanContext }) => {
        const id = parentSpanContext?.spanId;
        return (id !== undefined && known.has(id) ? id : undefined) === parent;
      })
      .flatMap((span) => [indent + lineOf(span), ...lines(idOf(span), `${indent}  `)]);
  return lines(undefined, "");
}

function lineOf({ name, kind, attributes, status }: ReadableSpan): string {
  const type = attributes["error.type"];
  return [
    ...(kind === SpanKind.CLIENT ? ["CLIENT"] : []),
    name,
    ...(attributes["http.response.status_code"] === undefined
      ? []
      : [attributes["http.response.status_code"]]),
    ...(status.code === SpanStatusCode.ERROR ? [`ERROR ${String(type)}`] : []),
    ...(attributes["heidi.aborted"] === true ? ["aborted"] : []),
  ].join(" ");
}
