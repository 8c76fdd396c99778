import { load } from "../../loading.ts";
import type { FileInput } from "../../upload/file.ts";
import { tameErrors } from "../../upload/tame.ts";

/** How a recording is cut. */
export interface CutOptions {
  /**
   * The most that a chunk lasts, in milliseconds, from 1,000 to 60,000. Default 50,000: Heidi asks for chunks of 45 to
   * 60 seconds. A chunk ends with the last piece of its container (a page of Ogg, a block of WebM) that fits.
   */
  readonly chunkMs?: number | undefined;
}

/** A chunk of a recording: a file of its own, as `append` takes it. */
export interface RecordingChunk {
  /** A whole file, headers included. */
  readonly data: Uint8Array;
  /** Such as `audio/ogg`. */
  readonly contentType: string;
  /** Where it begins in the recording, in milliseconds. */
  readonly startMs: number;
  /** How long it lasts, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Cuts a recording into chunks while it is being made: what a microphone, a browser's recorder or ffmpeg writes, as a
 * stream of Ogg (Opus, Vorbis, FLAC) or WebM. Each chunk is a file that plays on its own, its time starting at zero;
 * nothing of the sound is lost or decoded. Holds one chunk in memory, and reads on only while it is asked for the next.
 *
 * A stream that breaks, or is malformed, first gives what came before as a chunk, and then throws.
 *
 * @param recording - A stream, or any other file input. Streams are read as they come, however they are portioned.
 * @throws HeidiUploadError when the stream fails, or is neither Ogg nor WebM, holds pictures, is damaged or cut off;
 * HeidiArgumentError for another `chunkMs` or no stream.
 *
 * @example
 * const ffmpeg = spawn("ffmpeg", ["-f", "pulse", "-i", "default", "-c:a", "libopus", "-f", "ogg", "-"]);
 * const recording = await clinician.transcription.startRecording(session_id);
 * for await (const chunk of cutRecording(ffmpeg.stdout)) await recording.append(chunk);
 * await recording.finish();
 */
export async function* cutRecording(
  recording: FileInput,
  options: CutOptions = {},
): AsyncGenerator<RecordingChunk, void, undefined> {
  tameErrors(recording);
  const { cut } = await load(import("./cutter.ts"));
  yield* cut(recording, options);
}
