import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { jsonClients } from "./json-clients.ts";

async function run(context: Context): Promise<readonly Metric[]> {
  const count = Math.ceil(2000 * context.scale);
  const measured = await withServer("servers/json.mjs", ({ baseUrl, port }) =>
    interleave(context, {
      contenders: jsonClients,
      params: { baseUrl, port, packageDir: context.packageDir },
      warmup: { count: 12_000, inFlight: 4, maxMs: 4000 },
      round: { count, inFlight: 1, maxMs: 1500 },
    }),
  );
  return [
    {
      id: "json-latency",
      title: "JSON call, latency, one at a time",
      unit: "µs",
      better: "lower",
      relativeTo: "undici",
      target: 1.2,
      gross: 3,
      entries: entriesOf(measured, (sample) => field("medianMs")(sample) * 1000),
    },
  ];
}

export const jsonLatency: Row = { id: "json-latency", quick: false, run };
