import { spawn } from "node:child_process";
import { cutRecording, type RecordingChunk } from "heidi-health-sdk";
import { describe, expect, it } from "vitest";
import { chunksOf, decode, ffmpegArguments, fixture, hasFfmpeg, RECIPES, record } from "./cutting-support.ts";

/** Decoders of Opus are in step after the pre-roll, but not to the last bit. */
const NEARLY = 0.05;

/** How far the chunks' sound, one after the other, is from the whole's: the mean of what differs, of full scale. */
function difference(whole: Int16Array, chunks: readonly RecordingChunk[]): { samples: number; mean: number } {
  const joined = chunks.flatMap(({ data }) => [...decode(data)]);
  const sum = joined.reduce((total, sample, at) => total + Math.abs(sample - (whole[at] ?? 0)), 0);
  return { samples: joined.length, mean: sum / joined.length / 32_768 };
}

describe.skipIf(!hasFfmpeg)("cut chunks, as ffmpeg hears them (needs ffmpeg)", { timeout: 60_000 }, () => {
  it.each(Object.keys(RECIPES))(
    "sound together exactly as long as the whole, and the same: %s",
    async (name) => {
      const bytes = fixture(name);
      const whole = decode(bytes);
      const chunks = await chunksOf(bytes, { chunkMs: 2_000 });
      const { samples, mean } = difference(whole, chunks);
      expect(samples).toBe(whole.length);
      expect(mean).toBeLessThan(name.startsWith("opus") ? NEARLY : 1e-9);
    },
  );

  it.each([
    ["Opus in Ogg with a page for each packet", "-c:a libopus -b:a 12k -page_duration 20000 -f ogg"],
    ["Opus in Ogg with frames of 60 ms", "-c:a libopus -b:a 12k -frame_duration 60 -f ogg"],
    ["stereo Opus in Matroska", "-ac 2 -c:a libopus -b:a 24k -f matroska"],
    ["Opus in WebM with clusters of 30 s", "-c:a libopus -b:a 12k -cluster_time_limit 30000 -f webm"],
    ["PCM in Matroska", "-ar 8000 -c:a pcm_s16le -f matroska"],
    ["FLAC in Matroska", "-ar 16000 -c:a flac -f matroska"],
  ])("for another recorder: %s", async (_, recipe) => {
    const bytes = record(recipe, 9);
    const whole = decode(bytes);
    const chunks = await chunksOf(bytes, { chunkMs: 2_500 });
    expect(chunks.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...chunks.map(({ durationMs }) => durationMs))).toBeLessThanOrEqual(2_575);
    const { samples, mean } = difference(whole, chunks);
    expect(Math.abs(samples - whole.length)).toBeLessThanOrEqual(1);
    expect(mean).toBeLessThan(NEARLY);
  });

  it("of two minutes from a running ffmpeg are chunks of at most 50 seconds", async () => {
    const ffmpeg = spawn("ffmpeg", ffmpegArguments("-c:a libopus -b:a 12k -f ogg", 120));
    const chunks: RecordingChunk[] = [];
    for await (const chunk of cutRecording(ffmpeg.stdout)) chunks.push(chunk);
    expect(chunks.map(({ durationMs }) => Math.round(durationMs / 1_000))).toEqual([50, 50, 20]);
    const samples = chunks.reduce((sum, { data }) => sum + decode(data).length, 0);
    expect(samples).toBe(120 * 48_000);
  });
});
