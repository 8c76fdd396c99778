import { MeasuredProcess } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Row } from "../harness/metric.ts";
import type { Contender } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { contenders } from "./contenders.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls once before and after each gap; returns the number of connections that the server saw after the first one. */
async function poll(
  context: Context,
  { client, role, module }: Contender,
  gapsS: readonly number[],
): Promise<Entry> {
  try {
    return await withServer("servers/json.mjs", async ({ baseUrl, port, counts }) => {
      const polling = await MeasuredProcess.start(module, { baseUrl, port, packageDir: context.packageDir });
      try {
        const once = { count: 1, inFlight: 1 };
        await polling.run(once);
        const before = await counts();
        for (const gapS of gapsS) {
          await wait(gapS * 1000);
          await polling.run(once);
        }
        const after = await counts();
        return { client, role, samples: [(after["connections"] ?? 0) - (before["connections"] ?? 0)] };
      } finally {
        await polling.stop();
      }
    });
  } catch (error) {
    return { client, role, samples: [], failure: error instanceof Error ? error.message : String(error) };
  }
}

async function run(context: Context): Promise<readonly Metric[]> {
  // Even the shortest gap is longer than the 4 s after which undici and fetch close an idle socket.
  const gapsS = context.quick ? [5] : [5, 20, 50];
  const clients = contenders("json", {
    heidi: "sdk",
    undici: "base",
    fetch: "peer",
    axios: "peer",
    openai: "peer",
    corti: "peer",
  }).filter(({ role }) => context.peers || role !== "peer");
  return [
    {
      id: "polling",
      title: `Polling after gaps of ${gapsS.join(", ")} s, new connections`,
      unit: "connections",
      better: "lower",
      target: 0,
      gross: 0,
      entries: await Promise.all(clients.map((client) => poll(context, client, gapsS))),
      note: "The server sends no keep-alive time. Each client has its own server, which counts the connections.",
    },
  ];
}

export const polling: Row = { id: "polling", quick: true, run };
