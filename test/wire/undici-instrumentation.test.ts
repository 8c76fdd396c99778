import { trace } from "@opentelemetry/api";
import {
  UndiciInstrumentation,
  type UndiciInstrumentationConfig,
} from "@opentelemetry/instrumentation-undici";
import type { HeidiOptions } from "heidi-health-sdk";
import { openTelemetry } from "heidi-health-sdk/opentelemetry";
import { afterEach, describe, expect, it } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { useOpenTelemetry } from "./recorded.ts";
import { clientOf, SECRET, userOf } from "./sdk.ts";

const recorded = useOpenTelemetry();
let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

let instrumentation: UndiciInstrumentation | undefined;
function instrument(config: UndiciInstrumentationConfig = {}): void {
  instrumentation = new UndiciInstrumentation(config);
  instrumentation.setTracerProvider(recorded.tracerProvider);
  instrumentation.enable();
}
afterEach(() => instrumentation?.disable());

const telemetry = openTelemetry();
const isHeidi = (origin: unknown): boolean => String(origin) === server.url;

const ways: readonly (readonly [string, HeidiOptions])[] = [
  ["the SDK's connections", {}],
  ["the `fetch` option", { fetch: (input, init) => fetch(input, init) }],
];

describe.each(ways)("the instrumentation of undici, over %s", (_, way) => {
  it("has its spans below the attempts, with the id and the e-mail address in them [I8]", async () => {
    instrument();
    await userOf(server.url, { ...way, telemetry }).sessions.get(SECRET);
    expect(recorded.tree()).toEqual([
      "sessions.get",
      "  authentication.getJwt",
      "    CLIENT GET /jwt 200",
      "      CLIENT GET 200",
      "  CLIENT GET /sessions/{session_id} 200",
      "    CLIENT GET 200",
    ]);
    const urls = recorded.spans().map(({ attributes }) => attributes["url.full"]);
    expect(urls).toContainEqual(expect.stringContaining(`email=${SECRET}`));
    expect(urls).toContain(`${server.url}/sessions/${SECRET}`);
  });

  it("records nothing of Heidi's requests with `ignoreRequestHook` [I8]", async () => {
    instrument({ ignoreRequestHook: ({ origin }) => isHeidi(origin) });
    await userOf(server.url, { ...way, telemetry }).sessions.get(SECRET);
    expect(recorded.tree()).toEqual([
      "sessions.get",
      "  authentication.getJwt",
      "    CLIENT GET /jwt 200",
      "  CLIENT GET /sessions/{session_id} 200",
    ]);
    expect(JSON.stringify(await recorded.everything())).not.toContain(SECRET);
  });

  it("records no path and no query with `startSpanHook` [I8]", async () => {
    instrument({
      startSpanHook: ({ origin }): Record<string, string> =>
        isHeidi(origin) ? { "url.full": String(origin), "url.path": "/", "url.query": "" } : {},
    });
    await userOf(server.url, { ...way, telemetry }).sessions.get(SECRET);
    expect(recorded.spans().filter(({ name }) => name === "GET")).toHaveLength(2);
    expect(JSON.stringify(await recorded.everything())).not.toContain(SECRET);
  });
});

it("gives a request that waited for a connection the span of its own attempt [R11]", async () => {
  instrument();
  const heidi = clientOf(server.url, { telemetry, maxConnections: 1 });
  const user = heidi.forUser({ email: "a@clinic.example", thirdPartyInternalId: "a" });
  const names = Array.from({ length: 8 }, (_, index) => `request-${index}`);
  await user.token();
  await Promise.all(
    names.map((name) =>
      trace.getTracer("test").startActiveSpan(name, async (span) => {
        await user.sessions.get(name);
        span.end();
      }),
    ),
  );
  const tree = recorded.tree();
  for (const name of names) {
    const start = tree.indexOf(name);
    expect(tree.slice(start + 1, start + 4)).toEqual([
      "  sessions.get",
      "    CLIENT GET /sessions/{session_id} 200",
      "      CLIENT GET 200",
    ]);
  }
});
