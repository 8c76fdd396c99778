import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave, type Measured } from "../harness/rounds.ts";
import { withServer } from "../harness/server.ts";
import { contenders } from "./contenders.ts";

const MIB = 2 ** 20;

/** A file with the first bytes of an MP3, then random data that cannot be compressed. */
export async function createRecording(path: string, mib: number): Promise<void> {
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < block.length; at++) block[at] = (Math.imul(at, 2_654_435_761) >>> 13) & 0xff;
  block.write("ID3", "latin1");
  const file = await open(path, "w");
  try {
    for (let index = 0; index < mib; index++) await file.write(block);
  } finally {
    await file.close();
  }
}

async function run(context: Context): Promise<readonly Metric[]> {
  const mib = Math.ceil((context.quick ? 256 : 1024) * context.scale);
  const path = join(context.tmpDir, "visit.mp3");
  const small = join(context.tmpDir, "short.mp3");
  await createRecording(path, mib);
  await createRecording(small, 1);
  let measured: readonly Measured[];
  try {
    measured = await withServer("servers/sink.mjs", ({ baseUrl }) =>
      interleave(
        { ...context, rounds: Math.min(context.rounds, 5) },
        {
          contenders: contenders("upload", {
            heidi: "sdk",
            curl: "limit",
            axios: "peer",
            openai: "peer",
            deepgram: "peer",
            fetch: "peer",
            corti: "peer",
            ky: "peer",
          }),
          params: { baseUrl, packageDir: context.packageDir },
          warmup: { path: small },
          round: { path },
          fresh: true,
        },
      ),
    );
  } finally {
    await rm(path, { force: true });
    await rm(small, { force: true });
  }
  const title = `Upload of ${mib} MiB from disk`;
  // Without curl there is no base for a ratio; then the figure is the rate itself.
  const withCurl = measured.some(({ client, samples }) => client === "curl" && samples.length > 0);
  return [
    {
      id: "upload-rate",
      title: `${title}, rate`,
      unit: "MB/s",
      better: "higher",
      relativeTo: withCurl ? "curl" : undefined,
      target: withCurl ? 0.9 : undefined,
      gross: withCurl ? 0.1 : undefined,
      entries: entriesOf(measured, field("mbPerS")),
    },
    {
      id: "upload-memory",
      title: `${title}, peak memory above idle`,
      unit: "MB",
      better: "lower",
      target: 60,
      gross: 120,
      entries: entriesOf(
        measured.filter(({ client }) => client !== "curl"),
        field("grownMb"),
      ),
      note: "Peak resident memory of the process during the upload, minus its memory before; measured after one small upload.",
    },
  ];
}

export const upload: Row = { id: "upload", quick: true, run };
