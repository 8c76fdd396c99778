import { copyFileInput } from "../../upload/copy.ts";
import type { FileInput } from "../../upload/file.ts";
import { loadChunk } from "../../utils/lazy.ts";
import type { RecordingChunk, SegmentOptions } from "./types.ts";

/**
 * Segments a recording into chunks while it is being made: the output of a microphone, a browser's recorder or ffmpeg, as a
 * stream of Ogg (Opus, Vorbis, FLAC), WebM or Matroska, fragmented MP4 (the recorders of Safari and Chromium), WAV,
 * MP3 or AAC in ADTS. Each chunk is a file that plays on its own, with its time starting at zero. No audio is
 * lost or decoded, and pictures are dropped. It holds one chunk in memory, and reads only when the next chunk is requested.
 *
 * In Ogg, WebM, Matroska and MP4 the chunks, decoded one after the other, have as many samples as the whole. AAC in
 * ADTS and MP3 have no field that makes a decoder discard the packets that it needs to synchronize: some milliseconds at
 * the start of each chunk are faded in.
 *
 * Damage does not end it: it continues with the next complete page, block, fragment or frame, and reports the gap in
 * {@link RecordingChunk.gap}, to {@link SegmentOptions.onGap} and, for chunks that are appended to a recording, in
 * `RecordingSummary.gaps`. Damage in WAV cannot be detected. When a stream breaks or is truncated, it first yields the
 * audio before that as a chunk, and then throws.
 *
 * @param recording - A stream, or any other file input. The size of a stream's chunks does not matter.
 * @throws HeidiUploadError when the stream fails, has another format, contains no audio, or is damaged in its headers
 * or at its end; HeidiArgumentError for another `chunkMs` or a value that is not a stream.
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
