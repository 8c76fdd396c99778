import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { typeByBytes } from "../../upload/sniff.ts";
import type { Cut } from "./cut.ts";
import { cutAdts, cutMp3 } from "./frames.ts";
import { Intake } from "./intake.ts";
import { cutMp4 } from "./mp4.ts";
import { cutOgg } from "./ogg.ts";
import type { CutOptions, RecordingChunk } from "./recording-cutter.ts";
import { Timeline } from "./segmenter.ts";
import { cutWav } from "./wav.ts";
import { cutWebm } from "./webm.ts";

const DEFAULT_CHUNK_MS = 50_000;

type CutContainer = (
  intake: Intake,
  chunkMs: number,
  timeline: Timeline,
) => AsyncGenerator<Cut, void, undefined>;

/** Does what `cutRecording` says; loaded when that is first used. */
export async function* cut(
  recording: FileInput,
  options: CutOptions,
): AsyncGenerator<RecordingChunk, void, undefined> {
  const { chunkMs, onGap } = checkOptions(options);
  const source = await sourceOf("recording", recording);
  const reader = source.open({});
  try {
    const intake = new Intake(reader);
    const [contentType, cutContainer] = await detect(intake);
    const timeline = new Timeline(onGap);
    let isSilent = true;
    for await (const { data, startMs, durationMs, gap } of cutContainer(intake, chunkMs, timeline)) {
      isSilent = false;
      yield { data, contentType, startMs, durationMs, ...(gap && { gap }) };
    }
    if (isSilent)
      throw new HeidiUploadError(
        `The recording (${contentType}) holds no sound: it ended after its headers.`,
      );
  } finally {
    await reader.close();
    source.release();
  }
}

async function detect(intake: Intake): Promise<[contentType: string, cut: CutContainer]> {
  const bytes = (await intake.peek(64)).slice();
  const start = String.fromCharCode(...bytes);
  if (start.startsWith("OggS")) return ["audio/ogg", cutOgg];
  if (start.startsWith("\x1aE\xdf\xa3"))
    return [start.includes("matroska") ? "audio/x-matroska" : "audio/webm", cutWebm];
  if (/^(ftyp|moov)$/.test(start.slice(4, 8))) return ["audio/mp4", cutMp4];
  if (/^(RIFF|RF64|BW64)/.test(start) && start.startsWith("WAVE", 8)) return ["audio/wav", cutWav];
  if (start.startsWith("ID3")) return afterTag(intake, bytes);
  const type = typeByBytes(bytes);
  if (type === "audio/mpeg") return ["audio/mpeg", cutMp3];
  if (type === "audio/aac" && bytes[0] === 0xff) return ["audio/aac", cutAdts];
  throw new HeidiUploadError(
    start === ""
      ? "The recording is empty: its stream ended before a byte came."
      : `The recording cannot be cut: it is neither Ogg nor WebM, MP4, WAV, MP3 or AAC, but ${nameOf(start, type)}. Have the recorder write audio/ogg, audio/webm or audio/mp4 from its very first byte, or send whole files with uploadAudio.`,
  );
}

/** An ID3 tag stands before MP3, and now and then before AAC. */
async function afterTag(intake: Intake, head: Uint8Array): Promise<[string, CutContainer]> {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
  await intake.skip(10 + a * 0x20_0000 + b * 0x4000 + c * 128 + d);
  const next = (await intake.peek(64)).slice();
  return typeByBytes(next) === "audio/aac" ? ["audio/aac", cutAdts] : ["audio/mpeg", cutMp3];
}

function nameOf(start: string, type: string | undefined): string {
  if (start.startsWith("\x1fC\xb6u") || start.startsWith("\xa3"))
    return "a part of a WebM recording without its beginning, as later slices of a MediaRecorder are";
  if (/^(moof|styp|sidx|mdat)$/.test(start.slice(4, 8)))
    return "a part of an MP4 recording without its beginning (ftyp and moov)";
  return type === undefined ? "bytes of an unknown format" : `\`${type}\``;
}

function checkOptions(options: unknown): { chunkMs: number; onGap: CutOptions["onGap"] } {
  if (typeof options !== "object" || options === null) {
    throw new HeidiArgumentError("options", "The options of cutRecording must be an object.");
  }
  const { chunkMs: given, onGap } = options as { readonly [name in keyof CutOptions]?: unknown };
  const chunkMs: unknown = given ?? DEFAULT_CHUNK_MS;
  if (!isCallback(onGap)) throw new HeidiArgumentError("onGap", "The option `onGap` must be a function.");
  if (typeof chunkMs === "number" && chunkMs >= 1_000 && chunkMs <= 60_000) return { chunkMs, onGap };
  throw new HeidiArgumentError("chunkMs", "The option `chunkMs` must be milliseconds, from 1,000 to 60,000.");
}

const isCallback = (value: unknown): value is CutOptions["onGap"] =>
  value === undefined || typeof value === "function";
