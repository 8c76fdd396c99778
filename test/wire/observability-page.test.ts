import { readFileSync } from "node:fs";
import * as api from "@opentelemetry/api";
import * as contextAsyncHooks from "@opentelemetry/context-async-hooks";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import * as traceBase from "@opentelemetry/sdk-trace-base";
import * as sdk from "heidi-health-sdk";
import * as opentelemetry from "heidi-health-sdk/opentelemetry";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { allowed } from "../../src/opentelemetry/attributes.ts";
import { runSample, samplesOf } from "./page-samples.ts";
import { useOpenTelemetry } from "./recorded.ts";

const PAGE = readFileSync(new URL("../../docs/observability.md", import.meta.url), "utf8");
const samples = samplesOf("observability.md");
const [CLIENT = "", PRINT = "", IGNORE = "", REDACT = "", PROPAGATE = "", ...MORE] = samples;

const recorded = useOpenTelemetry();
const instrumentations: UndiciInstrumentation[] = [];

class Instrumentation extends UndiciInstrumentation {
  constructor(config: ConstructorParameters<typeof UndiciInstrumentation>[0]) {
    super(config);
    this.setTracerProvider(recorded.tracerProvider);
    instrumentations.push(this);
  }
}

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterEach(() => {
  for (const one of instrumentations.splice(0)) one.disable();
});
afterAll(() => sandbox.close());

/** Runs samples as one module of a program that has an API key and the address of the sandbox. */
async function run(code: string, replaced: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const modules: Readonly<Record<string, unknown>> = {
    ...{ "heidi-health-sdk": sdk, "heidi-health-sdk/opentelemetry": opentelemetry },
    ...{ "@opentelemetry/api": api, "@opentelemetry/context-async-hooks": contextAsyncHooks },
    ...{ "@opentelemetry/sdk-trace-base": traceBase },
    "@opentelemetry/instrumentation-undici": { UndiciInstrumentation: Instrumentation },
    ...replaced,
  };
  const { apiKey, baseUrl } = sandbox;
  await runSample(code, { apiKey, baseUrl }, modules);
}

const CALLS = `
  const user = traced.forUser({ email: "canary@clinic.example", thirdPartyInternalId: "canary" });
  const { session_id: created = "" } = await user.sessions.create();
  await user.sessions.get(created);
  await traced.close();`;

const TREE = [
  "sessions.create",
  "  authentication.getJwt",
  "    CLIENT GET /jwt 200",
  "  CLIENT POST /sessions 200",
  "sessions.get",
  "  CLIENT GET /sessions/{session_id} 200",
];

describe("a sample of the page about OpenTelemetry", () => {
  it("records the calls of a client", async () => {
    await run(CLIENT);
    expect(recorded.tree()).toEqual(TREE);
  });

  it("prints spans", async () => {
    const printed: unknown[] = [];
    const dir = vi.spyOn(console, "dir").mockImplementation((span) => void printed.push(span));
    const telemetry = (provider: api.TracerProvider): unknown => ({
      ...opentelemetry,
      openTelemetry: () => opentelemetry.openTelemetry({ tracer: provider.getTracer("test") }),
    });
    let provider: api.TracerProvider = recorded.tracerProvider;
    const registering = {
      context: { setGlobalContextManager: () => true },
      trace: {
        setGlobalTracerProvider: (registered: api.TracerProvider) => {
          provider = registered;
        },
      },
    };
    await run(PRINT, { "@opentelemetry/api": registering });
    await run(CLIENT, { "heidi-health-sdk/opentelemetry": telemetry(provider) });
    dir.mockRestore();
    expect(printed).toContainEqual(expect.objectContaining({ name: "sessions.create" }));
  });

  it("lets the instrumentation of undici ignore Heidi's requests", async () => {
    await run(`${IGNORE}\n${CLIENT}`);
    expect(recorded.tree()).toEqual(TREE);
    expect(instrumentations).toHaveLength(1);
    expect(JSON.stringify(await recorded.everything())).not.toContain("clinic.example");
  });

  it("lets the instrumentation of undici record no path and no query", async () => {
    await run(`${REDACT}\n${CLIENT}`);
    expect(recorded.tree()).toContain("      CLIENT GET 200");
    expect(JSON.stringify(await recorded.everything())).not.toContain("clinic.example");
  });

  it("sends the trace's context", async () => {
    const sent: (string | null)[] = [];
    class Traced extends sdk.Heidi {
      constructor(options: sdk.HeidiOptions) {
        const noting: sdk.Middleware = (request, next) => {
          sent.push(request.headers["traceparent"] ?? null);
          return next(request);
        };
        super({ ...options, middleware: [noting] });
      }
    }
    const imports = `import { Heidi } from "heidi-health-sdk"; import { openTelemetry } from "heidi-health-sdk/opentelemetry";`;
    await run(`${imports}\n${PROPAGATE}\n${CALLS}`, { "heidi-health-sdk": { ...sdk, Heidi: Traced } });
    expect(sent).toHaveLength(3);
    for (const header of sent) expect(header).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it("is one of those that run here", () => {
    expect([samples.length, MORE]).toEqual([5, []]);
  });
});

describe("the page about OpenTelemetry", () => {
  it("has every attribute that can be recorded, and no other", () => {
    const table = PAGE.slice(PAGE.indexOf("| attribute |"), PAGE.indexOf("### Status"));
    const named = [...table.matchAll(/^\| (`[^|]+`) \|/gm)]
      .flatMap(([, cell = ""]) => [...cell.matchAll(/`([\w.]+)`/g)])
      .map(([, name = ""]) => name);
    const known = readFileSync(new URL("../../src/opentelemetry/attributes.ts", import.meta.url), "utf8");
    const rules = [...known.matchAll(/^ {2}"([\w.]+)": /gm)].map(([, name = ""]) => name);
    expect(named.toSorted()).toEqual(rules.toSorted());
    expect(allowed({})).toEqual({});
  });

  it("has every metric", async () => {
    await run(CLIENT);
    for (const name of Object.keys(await recorded.metrics())) expect(PAGE).toContain(`\`${name}\``);
  });
});
