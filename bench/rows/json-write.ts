import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { contenders } from "./contenders.ts";

const IN_FLIGHT = [1, 16, 128] as const;

/** The CPU of a JSON write, beside undici's own pool with the same body. */
async function run(context: Context): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  // A connection per call in flight, so that no client waits for one.
  for (const inFlight of context.quick ? [16] : IN_FLIGHT) {
    const count = Math.ceil(5000 * context.scale);
    const measured = await withServer("servers/json.mjs", ({ baseUrl, port }) =>
      interleave(context, {
        contenders: contenders("write", {
          heidi: "sdk",
          undici: "base",
          fetch: "peer",
          axios: "peer",
          openai: "peer",
          anthropic: "peer",
        }),
        params: { baseUrl, port, packageDir: context.packageDir },
        warmup: { count: 12_000, inFlight, maxMs: 4000 },
        round: { count, inFlight, maxMs: 1500 },
      }),
    );
    metrics.push({
      id: `json-write-${inFlight}`,
      title: `JSON write (PATCH with a body), CPU of the client's process, ${inFlight} in flight`,
      unit: "µs",
      better: "lower",
      relativeTo: "undici",
      target: 1.3,
      gross: 2.5,
      entries: entriesOf(measured, (sample) => (field("cpuMs")(sample) * 1000) / field("calls")(sample)),
      note: "1 is `Pool.request` with the same body, `JSON.stringify` and `body.json()`, without authentication, check, retry or deadline.",
    });
  }
  return metrics;
}

export const jsonWrite: Row = { id: "json-write", quick: true, run };
