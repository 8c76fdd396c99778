import { HeidiArgumentError } from "../../errors.ts";
import { checkCount } from "../../utils/validate.ts";
import type { RecordingOptions, RecordingProgress } from "../recording/options.ts";
import type { TranscriptionRecording } from "../recording/start-recording.ts";

/** The part of a `HeidiUser` that recordings use. */
export interface RecordingClinician {
  readonly transcription: Pick<TranscriptionRecording, "startRecording">;
}

/** The last event of a recording in a browser, and its progress. */
export interface CaptureProgress extends Omit<RecordingProgress, "event"> {
  /**
   * Besides the events of {@link RecordingProgress}:
   *
   * - `level`: the loudness now, in `level`.
   * - `paused`, `resumed`, `muted`, `unmuted`: after the method of that name.
   * - `source-muted`, `source-unmuted`: the system silences the microphone, for example during a call, or stops to.
   * - `source-ended`: the system ended the source; what was recorded is kept. `source-failed`: no other microphone could be
   *   opened. `source-changed`: another source is recorded.
   * - `devices-changed`: a device was connected or removed.
   * - `hidden`, `visible`: the page was hidden or shown. Phones stop the microphone of a hidden page.
   * - `recorder-failed`: the browser's recorder failed; another one continues, and some audio may be missing.
   * - `storage-failed`: a chunk cannot be saved and is held in memory; it is tried again. `storage-recovered`: it is saved.
   * - `chunk-lost`: a chunk cannot be accepted at all, for the reason in `error`.
   */
  readonly event:
    | RecordingProgress["event"]
    | "level"
    | "paused"
    | "resumed"
    | "muted"
    | "unmuted"
    | "source-muted"
    | "source-unmuted"
    | "source-ended"
    | "source-failed"
    | "source-changed"
    | "devices-changed"
    | "hidden"
    | "visible"
    | "recorder-failed"
    | "storage-failed"
    | "storage-recovered"
    | "chunk-lost";
  /** The highest amplitude of the last moment, from 0 (silence) to 1; only for `level`. */
  readonly level: number | undefined;
}

/** Options of a recording in a browser. */
export interface CaptureOptions extends Omit<RecordingOptions, "onProgress" | "acceptAfterFailure"> {
  /** Called at every event; errors that it throws are ignored. */
  readonly onProgress?: ((progress: CaptureProgress) => unknown) | undefined;
  /** How long the sending of a chunk is retried, in milliseconds. Default 24 hours; time offline does not count. */
  readonly retryForMs?: number | undefined;
  /** The longest duration of a chunk, in milliseconds, from 1,000 to 60,000. Default 50,000. */
  readonly chunkMs?: number | undefined;
  /**
   * The type for `MediaRecorder`. Default: the first that the browser has of WebM with Opus, Ogg with Opus, and MP4. The
   * output of another type is not cut: a new recorder is started for each chunk, before the old one stops.
   */
  readonly mimeType?: string | undefined;
  /** The bits per second of the audio, from 6,000 to 510,000. Default 32,000. */
  readonly bitsPerSecond?: number | undefined;
  /** The number of `level` events per second, from 0 to 60. Default 10 with `onProgress`. */
  readonly levelsPerSecond?: number | undefined;
  /** Keeps the screen on while recording, where the browser can. Default true. */
  readonly keepAwake?: boolean | undefined;
}

/** Checked options. */
export interface CaptureSettings {
  readonly onProgress: CaptureOptions["onProgress"];
  readonly chunkMs: number;
  readonly mimeType: string | undefined;
  readonly bitsPerSecond: number;
  readonly levelsPerSecond: number;
  readonly keepAwake: boolean;
  readonly hasStore: boolean;
  /** For `startRecording`, which checks them. */
  readonly recording: RecordingOptions;
}

const DAY_MS = 86_400_000;

/** @throws HeidiArgumentError that names the option. */
export function resolveCapture(options: CaptureOptions): CaptureSettings {
  if (typeof options !== "object" || options === null)
    throwInvalid("options", "The options of a recording must be an object.");
  const { onProgress, chunkMs, mimeType, bitsPerSecond, levelsPerSecond, keepAwake, ...recording } = options;
  if (onProgress !== undefined && typeof onProgress !== "function")
    throwInvalid("onProgress", "The option `onProgress` must be a function.");
  if (mimeType !== undefined && typeof mimeType !== "string")
    throwInvalid("mimeType", "The option `mimeType` must be a media type, such as `audio/webm`.");
  if (keepAwake !== undefined && typeof keepAwake !== "boolean")
    throwInvalid("keepAwake", "The option `keepAwake` must be true or false.");
  const count = (name: string, value: unknown, min: number, max: number): number | undefined =>
    checkCount(name, value, { min, max }, throwInvalid);
  return {
    onProgress,
    chunkMs: count("chunkMs", chunkMs, 1_000, 60_000) ?? 50_000,
    mimeType,
    bitsPerSecond: count("bitsPerSecond", bitsPerSecond, 6_000, 510_000) ?? 32_000,
    levelsPerSecond: count("levelsPerSecond", levelsPerSecond, 0, 60) ?? (onProgress ? 10 : 0),
    keepAwake: keepAwake !== false,
    hasStore: recording.store !== undefined,
    recording: { retryForMs: DAY_MS, ...recording, acceptAfterFailure: true },
  };
}

export function throwInvalid(option: string, message: string): never {
  throw new HeidiArgumentError(option, `${message} Nothing is being recorded.`);
}
