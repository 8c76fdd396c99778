import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { contenders } from "./contenders.ts";

const HELD_MS = 20;

async function run(context: Context): Promise<readonly Metric[]> {
  const count = Math.max(5, Math.ceil(25 * context.scale));
  const measured = await withServer("servers/stream.mjs", ({ baseUrl }) =>
    interleave(context, {
      contenders: contenders("first", {
        heidi: "sdk",
        undici: "base",
        fetch: "peer",
        openai: "peer",
        anthropic: "peer",
      }),
      params: { baseUrl: `${baseUrl}/first/${HELD_MS}`, packageDir: context.packageDir },
      warmup: { count: 2 * count },
      round: { count },
    }),
  );
  return [
    {
      id: "first-item",
      title: "First item of a slow stream, beyond the server's delay",
      unit: "ms",
      better: "lower",
      target: 1.5,
      gross: 15,
      entries: entriesOf(measured, field("overheadMs")),
    },
  ];
}

export const firstItem: Row = { id: "first-item", quick: false, run };
