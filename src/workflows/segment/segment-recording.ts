import { copyFileInput } from "../../upload/copy.ts";
import type { FileInput } from "../../upload/file.ts";
import { loadChunk } from "../../utils/lazy.ts";

/** How a recording is cut. */
export interface SegmentOptions {
  /**
   * The most that a chunk lasts, in milliseconds, from 1,000 to 60,000. Default 50,000: Heidi asks for chunks of 45 to
   * 60 seconds. A chunk ends with the last packet of its codec (10 to 100 ms of sound) that fits.
   */
  readonly chunkMs?: number | undefined;
  /** Called for every part of the recording that is damaged or missing, when it is found; what it throws is ignored. */
  readonly onGap?: ((gap: RecordingGap) => unknown) | undefined;
}

/** A part of a recording that cannot be heard: bytes that were damaged or lost on their way, or a jump of its time. */
export interface RecordingGap {
  /** Where it is in the recording, in milliseconds. */
  readonly startMs: number;
  /** How much sound is missing, in milliseconds, by the recording's own times; undefined where these do not tell. */
  readonly durationMs: number | undefined;
  /** How many bytes were passed over; 0 when they never came. */
  readonly bytes: number;
}

/** A chunk of a recording: a file of its own, as `append` takes it. */
export interface RecordingChunk {
  /** A whole file, headers included. */
  readonly data: Uint8Array;
  /** Such as `audio/ogg`. */
  readonly contentType: string;
  /** Where it begins in the recording, in milliseconds. */
  readonly startMs: number;
  /** How long its sound lasts, in milliseconds; never more than `chunkMs`. */
  readonly durationMs: number;
  /** What is missing in it or directly before it, all gaps together; undefined when nothing is. */
  readonly gap?: RecordingGap | undefined;
}

/**
 * Cuts a recording into chunks while it is being made: what a microphone, a browser's recorder or ffmpeg writes, as a
 * stream of Ogg (Opus, Vorbis, FLAC), WebM or Matroska, fragmented MP4 (the recorders of Safari and Chromium), WAV,
 * MP3 or AAC in ADTS. Each chunk is a file that plays on its own, its time starting at zero; nothing of the sound is
 * lost or decoded, and pictures are left out. Holds one chunk in memory, and reads on only while it is asked for the next.
 *
 * In Ogg, WebM, Matroska and MP4 the chunks, decoded one after the other, have as many samples as the whole. AAC in
 * ADTS and MP3 have no way to say that a decoder is to drop what it heard to be in step: some milliseconds at the
 * start of each chunk are faded in.
 *
 * Damage ends nothing: it goes on with the next page, block, fragment or frame that is whole, and tells what is missing in
 * {@link RecordingChunk.gap}, to {@link SegmentOptions.onGap} and, of chunks that are appended to a recording, in
 * `RecordingSummary.gaps`. WAV has nothing that shows damage. A stream that breaks or is cut off first gives what came
 * before as a chunk, and then throws.
 *
 * @param recording - A stream, or any other file input. Streams are read as they come, however they are portioned.
 * @throws HeidiUploadError when the stream fails, is of another format, holds no sound, or is damaged in its headers or
 * at its end; HeidiArgumentError for another `chunkMs` or no stream.
 *
 * @example
 * const ffmpeg = spawn("ffmpeg", ["-f", "pulse", "-i", "default", "-c:a", "libopus", "-f", "ogg", "-"]);
 * const recording = await clinician.transcription.startRecording(session_id);
 * for await (const chunk of segmentRecording(ffmpeg.stdout)) await recording.append(chunk);
 * await recording.finish();
 */
export function segmentRecording(
  recording: FileInput,
  options: SegmentOptions = {},
): AsyncGenerator<RecordingChunk, void, undefined> {
  return segments(copyFileInput(recording), options);
}

async function* segments(
  recording: FileInput,
  options: SegmentOptions,
): AsyncGenerator<RecordingChunk, void, undefined> {
  const { segment } = await loadChunk(import("./segment.ts"));
  yield* segment(recording, options);
}
