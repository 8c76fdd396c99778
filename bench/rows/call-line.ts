import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";

async function run(context: Context): Promise<readonly Metric[]> {
  const round = { count: Math.ceil(400 * context.scale), inFlight: 16 };
  const measured = await withServer("servers/json.mjs", ({ baseUrl }) =>
    interleave(context, {
      contenders: [{ client: "heidi", role: "sdk", module: "clients/json/heidi-lines.mjs" }],
      params: { baseUrl, packageDir: context.packageDir },
      warmup: { ...round, turns: 30 },
      round: { ...round, turns: 30 },
    }),
  );
  const without = entriesOf(measured, field("withoutUs"));
  return [
    {
      id: "call-line",
      title: "JSON call, CPU with the caller's lines kept for a failure",
      unit: "µs",
      better: "lower",
      relativeTo: "stackTraceLimit 0",
      target: 1.05,
      gross: 2,
      entries: [
        ...entriesOf(measured, field("withUs")),
        ...without.map((entry) => ({ ...entry, client: "stackTraceLimit 0", role: "base" as const })),
      ],
      note: "1 is the same process with `Error.stackTraceLimit = 0`, measured alternately.",
    },
  ];
}

export const callLine: Row = { id: "call-line", quick: false, run };
