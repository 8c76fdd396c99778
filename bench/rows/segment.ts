import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context, Metric, Row } from "../harness/metric.ts";
import { entriesOf, field, interleave } from "../harness/rounds.ts";
import { contenders } from "./contenders.ts";

const FORMATS = ["webm", "ogg"] as const;

/** Writes a recording of speech bandwidth, as a browser's recorder makes it. */
function createRecording(path: string, seconds: number): void {
  const source = `sine=frequency=300:sample_rate=48000:duration=${seconds}`;
  const encoder = ["-c:a", "libopus", "-b:a", "32k", "-frame_duration", "20"];
  const { status, error } = spawnSync(
    "ffmpeg",
    ["-v", "error", "-y", "-f", "lavfi", "-i", source, ...encoder, path],
    { stdio: "inherit" },
  );
  if (status !== 0) throw error ?? new Error(`ffmpeg exited with ${status}`);
}

/** The cost of `segmentRecording`, beside ffmpeg's segmenter; left out where ffmpeg is missing. */
async function run(context: Context): Promise<readonly Metric[]> {
  if (spawnSync("ffmpeg", ["-version"]).error) {
    console.log("segment: left out, because it needs ffmpeg");
    return [];
  }
  const seconds = Math.ceil((context.quick ? 1_200 : 7_200) * context.scale);
  const metrics: Metric[] = [];
  for (const format of FORMATS) {
    const path = join(context.tmpDir, `visit.${format}`);
    createRecording(path, seconds);
    try {
      const measured = await interleave(
        { ...context, rounds: Math.min(context.rounds, 5) },
        {
          contenders: contenders("segment", { heidi: "sdk", ffmpeg: "base" }),
          params: { packageDir: context.packageDir },
          round: { path },
          fresh: true,
        },
      );
      const title = `Segmenting ${Math.round(seconds / 60)} minutes of Opus in ${format}`;
      metrics.push(
        {
          id: `segment-${format}-cpu`,
          title: `${title}, CPU`,
          unit: "ms",
          better: "lower",
          relativeTo: "ffmpeg",
          target: 1,
          gross: 4,
          entries: entriesOf(measured, field("segmentMs")),
          note: "1 is `ffmpeg -f segment -c copy`, which also writes the files.",
        },
        {
          id: `segment-${format}-memory`,
          title: `${title}, peak memory of the process`,
          unit: "MB",
          better: "lower",
          target: 70,
          gross: 200,
          entries: entriesOf(
            measured.filter(({ client }) => client === "heidi"),
            field("peakMb"),
          ),
          note: "With the runtime itself, which takes about 45 MB.",
        },
      );
    } finally {
      await rm(path, { force: true });
    }
  }
  return metrics;
}

export const segmenting: Row = { id: "segment", quick: true, run };
