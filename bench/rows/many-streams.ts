import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";

const STREAMS = 200;
const EVERY_MS = 50;

async function run(context: Context): Promise<readonly Metric[]> {
  const items = Math.max(5, Math.ceil(40 * context.scale));
  const measured = await withServer("servers/stream.mjs", ({ baseUrl }) =>
    interleave(context, {
      contenders: (["heidi", "undici"] as const).map((client) => ({
        client,
        role: client === "heidi" ? "sdk" : "base",
        module: "clients/many/streams.mjs",
        params: { client },
      })),
      params: {
        baseUrl: `${baseUrl}/paced/${items}/${EVERY_MS}`,
        packageDir: context.packageDir,
        streams: STREAMS,
        items,
      },
      warmup: {},
      round: {},
    }),
  );
  const title = `${STREAMS} streams at once, an item each ${EVERY_MS} ms`;
  return [
    {
      id: "streams-cpu",
      title: `${title}, CPU per item`,
      unit: "µs",
      better: "lower",
      relativeTo: "undici",
      entries: entriesOf(measured, (sample) => (field("cpuMs")(sample) * 1000) / field("items")(sample)),
      note: "heidi with `maxConnections: 200`: with the default of 64, the other streams wait for a connection.",
    },
    {
      id: "streams-p99",
      title: `${title}, p99 from the server's write to the loop`,
      unit: "ms",
      better: "lower",
      relativeTo: "undici",
      entries: entriesOf(measured, field("p99Ms")),
    },
    {
      id: "streams-memory",
      title: `${title}, resident memory`,
      unit: "MB",
      better: "lower",
      entries: entriesOf(measured, field("rssMb")),
    },
  ];
}

export const manyStreams: Row = { id: "streams-200", quick: false, run };
