import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { jsonClients } from "./json-clients.ts";

async function run(context: Context): Promise<readonly Metric[]> {
  const count = Math.ceil(5000 * context.scale);
  const measured = await withServer("servers/json.mjs", ({ baseUrl, port }) =>
    interleave(context, {
      contenders: jsonClients,
      params: { baseUrl, port, packageDir: context.packageDir },
      // The JIT compiler needs some thousand calls per client.
      warmup: { count: 12_000, inFlight: 16, maxMs: 4000 },
      round: { count, inFlight: 16, maxMs: 1500 },
    }),
  );
  const perCall = (name: string) =>
    entriesOf(measured, (sample) => (field(name)(sample) * 1000) / field("calls")(sample));
  return [
    {
      id: "json-cpu",
      title: "JSON call, CPU of the client's process, 16 in flight",
      unit: "µs",
      better: "lower",
      relativeTo: "undici",
      target: 1.3,
      gross: 3,
      entries: perCall("cpuMs"),
      note: "1 is `undici.request` with `body.json()`, without authentication, retry or deadline.",
    },
  ];
}

export const jsonCpu: Row = { id: "json-cpu", quick: true, run };
