import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { sniffMediaType } from "../../upload/sniff.ts";
import { ignoreFailure } from "../../utils/values.ts";
import { BufferedReader } from "./buffered-reader.ts";
import { segmentMp4 } from "./mp4.ts";
import { segmentAdts, segmentMp3 } from "./mpeg-audio.ts";
import { segmentOgg } from "./ogg.ts";
import { Timeline } from "./segmenter.ts";
import type { RecordingChunk, Segment, SegmentOptions } from "./types.ts";
import { segmentWav } from "./wav.ts";
import { segmentWebm } from "./webm.ts";

const DEFAULT_CHUNK_MS = 50_000;
const DEFAULT_DRAFT_MS = 3_000;

type SegmentContainer = (
  input: BufferedReader,
  chunkMs: number,
  timeline: Timeline,
) => AsyncGenerator<Segment, void, undefined>;

/** The implementation of `segmentRecording`, loaded on first use. */
export async function* segment(
  recording: FileInput,
  options: SegmentOptions,
): AsyncGenerator<RecordingChunk, void, undefined> {
  const { chunkMs, onGap, onDraft, draftMs } = checkOptions(options);
  const source = await sourceOf("recording", recording);
  const reader = source.open({});
  try {
    const input = new BufferedReader(reader);
    const [contentType, segmentContainer] = await detect(input);
    const chunkOf = ({ data, startMs, durationMs, gap }: Segment): RecordingChunk => ({
      ...{ data, contentType, startMs, durationMs },
      ...(gap && { gap }),
    });
    const drafts = onDraft && { everyMs: draftMs, onDraft: callback(onDraft, chunkOf) };
    const timeline = new Timeline(onGap, drafts);
    let isEmpty = true;
    for await (const found of segmentContainer(input, chunkMs, timeline)) {
      isEmpty = false;
      yield chunkOf(found);
    }
    if (isEmpty)
      throw new HeidiUploadError(
        `The recording (${contentType}) contains no audio: the stream ended after its headers.`,
      );
  } finally {
    await reader.close();
    source.release();
  }
}

async function detect(
  input: BufferedReader,
): Promise<[contentType: string, segmentContainer: SegmentContainer]> {
  const bytes = (await input.peek(64)).slice();
  const start = String.fromCharCode(...bytes);
  if (start.startsWith("OggS")) return ["audio/ogg", segmentOgg];
  if (start.startsWith("\x1aE\xdf\xa3"))
    return [start.includes("matroska") ? "audio/x-matroska" : "audio/webm", segmentWebm];
  if (/^(ftyp|moov)$/.test(start.slice(4, 8))) return ["audio/mp4", segmentMp4];
  if (/^(RIFF|RF64|BW64)/.test(start) && start.startsWith("WAVE", 8)) return ["audio/wav", segmentWav];
  if (start.startsWith("ID3")) return detectAfterId3(input, bytes);
  const type = sniffMediaType(bytes);
  if (type === "audio/mpeg") return ["audio/mpeg", segmentMp3];
  if (type === "audio/aac" && bytes[0] === 0xff) return ["audio/aac", segmentAdts];
  throw new HeidiUploadError(
    start === ""
      ? "The recording is empty: the stream ended before its first byte."
      : `Cannot segment the recording: its format must be Ogg, WebM, MP4, WAV, MP3 or AAC, but it is ${nameOf(start, type)}. Pass the stream of a recorder from its first byte, as audio/ogg, audio/webm or audio/mp4, or send complete files with uploadAudio.`,
  );
}

/** Skips an ID3 tag, which precedes MP3 and sometimes AAC, and detects the format after it. */
async function detectAfterId3(input: BufferedReader, head: Uint8Array): Promise<[string, SegmentContainer]> {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6, 10);
  await input.skip(10 + a * 0x20_0000 + b * 0x4000 + c * 128 + d);
  const next = (await input.peek(64)).slice();
  return sniffMediaType(next) === "audio/aac" ? ["audio/aac", segmentAdts] : ["audio/mpeg", segmentMp3];
}

function nameOf(start: string, type: string | undefined): string {
  if (start.startsWith("\x1fC\xb6u") || start.startsWith("\xa3"))
    return "a part of a WebM recording without its headers, like every slice of a MediaRecorder after the first";
  if (/^(moof|styp|sidx|mdat)$/.test(start.slice(4, 8)))
    return "a part of an MP4 recording without its headers (ftyp and moov)";
  return type === undefined ? "an unknown format" : `\`${type}\``;
}

/** A callback that throws or rejects never breaks a recording. */
function callback(
  onDraft: (draft: RecordingChunk) => unknown,
  chunkOf: (draft: Segment) => RecordingChunk,
): (draft: Segment) => void {
  return (draft) => {
    try {
      ignoreFailure(onDraft(chunkOf(draft)));
    } catch {
      // Ignored, as TSDoc promises.
    }
  };
}

interface CheckedOptions extends Pick<SegmentOptions, "onGap" | "onDraft"> {
  readonly chunkMs: number;
  readonly draftMs: number;
}

function checkOptions(options: unknown): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new HeidiArgumentError("options", "The options of segmentRecording must be an object.");
  }
  const given = options as { readonly [name in keyof SegmentOptions]?: unknown };
  const { onGap, onDraft, chunkMs = DEFAULT_CHUNK_MS, draftMs = DEFAULT_DRAFT_MS } = given;
  if (!isCallback(onGap)) throw new HeidiArgumentError("onGap", "The option `onGap` must be a function.");
  if (!isCallback(onDraft))
    throw new HeidiArgumentError("onDraft", "The option `onDraft` must be a function.");
  if (typeof draftMs !== "number" || !(draftMs >= 500))
    throw new HeidiArgumentError(
      "draftMs",
      "The option `draftMs` must be a number of milliseconds, 500 or more.",
    );
  if (typeof chunkMs === "number" && chunkMs >= 1_000 && chunkMs <= 60_000)
    return { chunkMs, onGap, onDraft, draftMs };
  throw new HeidiArgumentError(
    "chunkMs",
    "The option `chunkMs` must be a number of milliseconds from 1,000 to 60,000.",
  );
}

const isCallback = (value: unknown): value is ((argument: unknown) => unknown) | undefined =>
  value === undefined || typeof value === "function";
