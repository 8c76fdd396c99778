import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Heidi, HeidiConfigurationError } from "heidi-health-sdk";
import { openTelemetry } from "heidi-health-sdk/opentelemetry";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { describe, expect, it } from "vitest";

describe("openTelemetry", () => {
  it("works without an OpenTelemetry SDK, and sends no header of one", async () => {
    await using sandbox = await createSandbox({ port: false });
    const headers: (string | null)[] = [];
    const telemetry = openTelemetry({ propagateTraceContext: true });
    await using heidi = new Heidi({
      ...{ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, telemetry },
      fetch: (input, init) => {
        headers.push(new Headers(init.headers).get("traceparent"));
        return sandbox.fetch(input, init);
      },
    });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
    const { session_id = "" } = await clinician.sessions.create();
    await expect(clinician.sessions.get(session_id)).resolves.toBeDefined();
    await expect(clinician.sessions.get("unknown")).rejects.toThrow();
    expect(new Set(headers)).toEqual(new Set([null]));
  });

  it("knows the call of an attempt also without a context manager, as in browsers", async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    await using sandbox = await createSandbox({ port: false });
    const telemetry = openTelemetry({ tracer: provider.getTracer("own") });
    await using heidi = new Heidi({
      ...{ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, telemetry, fetch: sandbox.fetch },
    });
    await heidi.authentication.getJwt({ email: "dr@clinic.example", third_party_internal_id: "1" });
    const [attempt, call] = exporter.getFinishedSpans();
    expect(call?.name).toBe("authentication.getJwt");
    expect(attempt?.instrumentationScope.name).toBe("own");
    expect(attempt?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  });

  it.each([
    ["a tracer", { tracer: {} }, "tracer"],
    ["a meter", { meter: {} }, "meter"],
    ["a flag", { propagateTraceContext: "yes" }, "propagateTraceContext"],
    ["options", "all", "options"],
  ])("refuses %s that is none", (_, options, name) => {
    const create = (): unknown => openTelemetry(options as never);
    expect(create).toThrow(HeidiConfigurationError);
    expect(create).toThrow(name);
  });

  it("is what the option `telemetry` takes, and nothing else", () => {
    const create = (telemetry: unknown): Heidi =>
      new Heidi({ apiKey: "key", telemetry: telemetry as ReturnType<typeof openTelemetry> });
    expect(() => create({})).toThrow(HeidiConfigurationError);
    expect(() => create(openTelemetry)).toThrow(HeidiConfigurationError);
    expect(create(openTelemetry())).toBeInstanceOf(Heidi);
  });
});
