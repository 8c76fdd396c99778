import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave, type Measured } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { createRecording } from "./upload.ts";

const UPLOADS = 50;

async function run(context: Context): Promise<readonly Metric[]> {
  const mib = Math.max(1, Math.ceil(20 * context.scale));
  const path = join(context.tmpDir, "visits.mp3");
  await createRecording(path, mib);
  let measured: readonly Measured[];
  try {
    measured = await withServer("servers/sink.mjs", ({ baseUrl }) =>
      interleave(
        { ...context, rounds: Math.min(context.rounds, 5) },
        {
          contenders: (["heidi", "fetch"] as const).map((client) => ({
            client,
            role: client === "heidi" ? "sdk" : "peer",
            module: "clients/many/uploads.mjs",
            params: { client },
          })),
          params: { baseUrl, packageDir: context.packageDir, uploads: UPLOADS },
          round: { path },
          fresh: true,
        },
      ),
    );
  } finally {
    await rm(path, { force: true });
  }
  const title = `${UPLOADS} uploads of ${mib} MiB at once`;
  return [
    {
      id: "uploads-rate",
      title: `${title}, rate`,
      unit: "MB/s",
      better: "higher",
      entries: entriesOf(measured, field("mbPerS")),
    },
    {
      id: "uploads-memory",
      title: `${title}, peak memory above idle`,
      unit: "MB",
      better: "lower",
      entries: entriesOf(measured, field("grownMb")),
    },
  ];
}

export const manyUploads: Row = { id: "uploads-50", quick: false, run };
