import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { Intake } from "./intake.ts";
import { cutOgg } from "./ogg.ts";
import type { CutOptions, RecordingChunk } from "./recording-cutter.ts";
import { cutWebm } from "./webm.ts";

const DEFAULT_CHUNK_MS = 50_000;

/** Does what `cutRecording` says; loaded when that is first used. */
export async function* cut(
  recording: FileInput,
  options: CutOptions,
): AsyncGenerator<RecordingChunk, void, undefined> {
  const chunkMs = checkChunkMs(options);
  const source = await sourceOf("recording", recording);
  const reader = source.open({});
  try {
    const intake = new Intake(reader);
    const [contentType, cutContainer] = await detect(intake);
    let startMs = 0;
    for await (const { data, durationMs } of cutContainer(intake, chunkMs)) {
      yield { data, contentType, startMs: Math.round(startMs), durationMs: Math.round(durationMs) };
      startMs += durationMs;
    }
  } finally {
    await reader.close();
    source.release();
  }
}

async function detect(intake: Intake): Promise<[contentType: string, cut: typeof cutOgg]> {
  const start = String.fromCharCode(...(await intake.peek(64)));
  if (start.startsWith("OggS")) return ["audio/ogg", cutOgg];
  if (start.startsWith("\x1aE\xdf\xa3"))
    return [start.includes("matroska") ? "audio/x-matroska" : "audio/webm", cutWebm];
  throw new HeidiUploadError(
    start === ""
      ? "The recording is empty: its stream ended before a byte came."
      : "The recording cannot be cut: it is neither Ogg nor WebM. Have the recorder write audio/ogg or audio/webm, or send whole files.",
  );
}

function checkChunkMs(options: unknown): number {
  if (typeof options !== "object" || options === null) {
    throw new HeidiArgumentError("options", "The options of cutRecording must be an object.");
  }
  const chunkMs: unknown = Reflect.get(options, "chunkMs") ?? DEFAULT_CHUNK_MS;
  if (typeof chunkMs === "number" && chunkMs >= 1_000 && chunkMs <= 60_000) return chunkMs;
  throw new HeidiArgumentError("chunkMs", "The option `chunkMs` must be milliseconds, from 1,000 to 60,000.");
}
