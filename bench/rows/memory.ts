import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";

async function run(context: Context): Promise<readonly Metric[]> {
  const calls = Math.ceil(100_000 * context.scale);
  const streams = Math.ceil(10_000 * context.scale);
  const measured = await withServer("servers/json.mjs", (json) =>
    withServer("servers/stream.mjs", (stream) =>
      interleave(
        { ...context, rounds: 1 },
        {
          contenders: [{ client: "heidi", role: "sdk", module: "clients/life/memory.mjs" }],
          params: {
            jsonUrl: json.baseUrl,
            streamUrl: `${stream.baseUrl}/first/0`,
            packageDir: context.packageDir,
          },
          round: { calls, streams },
          fresh: true,
        },
      ),
    ),
  );
  const metric = (id: string, title: string, unit: string, name: string, target: number): Metric => ({
    id,
    title,
    unit,
    better: "lower",
    target,
    entries: entriesOf(measured, field(name)),
  });
  // A leak of one object per call would be at least 50 bytes; a few bytes are noise of the heap.
  return [
    metric("memory-calls", `Heap over ${calls} calls, slope`, "bytes per call", "callSlope", 4),
    metric("memory-streams", `Heap over ${streams} streams, slope`, "bytes per stream", "streamSlope", 20),
    metric("memory-left", "Listeners, timers and sockets left after close()", "", "left", 0),
  ];
}

export const memory: Row = { id: "memory", quick: false, run };
