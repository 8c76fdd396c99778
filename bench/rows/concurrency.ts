import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { contenders } from "./contenders.ts";

const IN_FLIGHT = 500;
const SERVER_MS = 20;

async function run(context: Context): Promise<readonly Metric[]> {
  const round = { count: Math.ceil(6000 * context.scale), inFlight: IN_FLIGHT };
  const measured = await withServer("servers/json.mjs", ({ baseUrl, port }) =>
    interleave(context, {
      contenders: contenders("json", {
        heidi: "sdk",
        undici: "base",
        fetch: "peer",
        openai: "peer",
        axios: "peer",
      }),
      params: { baseUrl: `${baseUrl}/delayed/${SERVER_MS}`, port, packageDir: context.packageDir },
      warmup: round,
      round,
    }),
  );
  const title = `${IN_FLIGHT} calls in flight over a server that takes ${SERVER_MS} ms`;
  return [
    {
      id: "concurrency-rate",
      title: `${title}, throughput`,
      unit: "calls/s",
      better: "higher",
      relativeTo: "undici",
      target: 0.95,
      gross: 0.5,
      entries: entriesOf(measured, (sample) => (field("calls")(sample) / field("wallMs")(sample)) * 1000),
      note: "heidi and undici have 64 connections each; the others have no limit.",
    },
    {
      id: "concurrency-p99",
      title: `${title}, p99`,
      unit: "ms",
      better: "lower",
      relativeTo: "undici",
      entries: entriesOf(measured, field("p99Ms")),
    },
    {
      id: "concurrency-memory",
      title: `${title}, resident memory`,
      unit: "MB",
      better: "lower",
      entries: entriesOf(measured, field("rssMb")),
    },
  ];
}

export const concurrency: Row = { id: "concurrency", quick: false, run };
