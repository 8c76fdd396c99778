import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileInput, type RecordingChunk, type SegmentOptions, segmentRecording } from "heidi-health-sdk";

/** How ffmpeg made each recording: a tone that rises for 7.3 seconds, so that no two moments are alike. */
export const RECIPES: Readonly<Record<string, string>> = {
  "opus.ogg": "-c:a libopus -b:a 12k -f ogg",
  "vorbis.ogg": "-ar 16000 -c:a libvorbis -q:a -1 -f ogg",
  "flac.ogg": "-t 2.5 -ar 8000 -c:a flac -f ogg",
  "opus.webm": "-c:a libopus -b:a 12k -f webm",
  "vorbis.webm": "-ar 16000 -c:a libvorbis -q:a -1 -f webm -live 1",
  "opus.mp4": "-c:a libopus -b:a 12k -movflags empty_moov+default_base_moof -frag_duration 500000 -f mp4",
  "aac.mp4":
    "-ar 16000 -c:a aac -b:a 16k -movflags empty_moov+default_base_moof -frag_duration 500000 -f mp4",
  "aac.aac": "-ar 16000 -c:a aac -b:a 16k -f adts",
  "mp3.mp3": "-ar 16000 -c:a libmp3lame -b:a 16k -f mp3",
  "pcm.wav": "-t 4 -ar 8000 -c:a pcm_mulaw -f wav",
};
const TONE = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(200+60*t)*t):s=48000";
const EXACT = "-bitexact -fflags +bitexact";

/** Arguments that make ffmpeg write a recording to its standard output, as it does when it listens to a microphone. */
export const ffmpegArguments = (recipe: string, seconds: number): string[] =>
  `-loglevel error ${TONE}:d=${seconds} ${recipe} ${EXACT} -`.split(" ");

export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/recordings/${name}`, import.meta.url)));

export const hasFfmpeg: boolean = spawnSync("ffmpeg", ["-version"]).status === 0;

export async function chunksOf(recording: FileInput, options?: SegmentOptions): Promise<RecordingChunk[]> {
  const chunks: RecordingChunk[] = [];
  for await (const chunk of segmentRecording(recording, options)) chunks.push(chunk);
  return chunks;
}

/** What came before a recording broke, and how it did. */
export async function brokenOff(
  recording: FileInput,
  options?: SegmentOptions,
): Promise<{ readonly chunks: RecordingChunk[]; readonly error: unknown }> {
  const chunks: RecordingChunk[] = [];
  try {
    for await (const chunk of segmentRecording(recording, options)) chunks.push(chunk);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks, error: undefined };
}

/** The bytes without those from `at` on. */
export const without = (bytes: Uint8Array, at: number, count: number): Uint8Array =>
  new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + count)]);

/** The bytes with others put in. */
export const withInserted = (bytes: Uint8Array, at: number, more: Uint8Array): Uint8Array =>
  new Uint8Array([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);

/** A stream in portions of these sizes, over and over. */
export async function* portioned(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.byteLength; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Said of files that are quite in order: PCM has no layout, and a live file no duration. */
const REMARKS =
  /^(Guessed Channel Layout|.*Estimating duration from bitrate).*\n|^ +Last message repeated.*\n/gm;

/** The sound as ffmpeg hears it, 16 bits a sample; anything else that it complains of is an error. */
export function decode(file: Uint8Array, expected?: RegExp, track: string = "0:a:0"): Int16Array {
  const folder = mkdtempSync(join(tmpdir(), "heidi-cut-"));
  try {
    const path = join(folder, "chunk");
    writeFileSync(path, file);
    const heard = spawnSync(
      "ffmpeg",
      ["-v", "warning", "-i", path, "-map", track, "-f", "s16le", "-ac", "1", "-"],
      { maxBuffer: 2 ** 28 },
    );
    const lines = heard.stderr.toString().replaceAll(REMARKS, "").split("\n");
    const complaints = lines.filter((line) => line !== "" && !expected?.test(line)).join("\n");
    if (heard.status !== 0 || complaints !== "") throw new Error(`ffmpeg: ${complaints}`);
    return new Int16Array(
      heard.stdout.buffer.slice(heard.stdout.byteOffset, heard.stdout.byteOffset + heard.stdout.byteLength),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const record = (recipe: string, seconds: number): Uint8Array =>
  new Uint8Array(execFileSync("ffmpeg", ffmpegArguments(recipe, seconds), { maxBuffer: 2 ** 28 }));
