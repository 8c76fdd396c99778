import { HeidiArgumentError, type HeidiError, isHeidiError } from "../../errors.ts";
import { sleep } from "../../utils/abort.ts";
import { ignoreFailure } from "../../utils/values.ts";
import type { RecordingProgress, RecordingSummary } from "../recording/options.ts";
import type { Recording } from "../recording/recording.ts";
import { segmentRecording } from "../segment/segment-recording.ts";
import type { RecordingChunk } from "../segment/types.ts";
import { HeidiRecordingError } from "./errors.ts";
import {
  type CaptureOptions,
  type CaptureProgress,
  type CaptureSettings,
  type RecordingClinician,
  resolveCapture,
  throwInvalid,
} from "./options.ts";
import { LevelMeter, onVisibility, WakeLock } from "./page.ts";
import { chooseFormat, type RecorderFormat, RecorderRun } from "./recorder.ts";

/** A slice is the least that a crash loses. */
const TIMESLICE_MS = 1_000;
/** The audio between two saved drafts of the unfinished chunk. */
const DRAFT_MS = 2_000;
const STORAGE_RETRY_MS = 2_000;
/** A recorder that ends sooner would end again. */
const LEAST_RUN_MS = 1_000;
/** A container's headers without audio are shorter. */
const LEAST_FILE_BYTES = 1_024;

/** Internal: the source of a recording whose microphone is the SDK's own. */
export interface CaptureSource {
  /** Opens another microphone when the system ended the last one. */
  reopen(): Promise<MediaStream>;
  /** Releases a stream that is no longer recorded. */
  release(stream: MediaStream): void;
}

/**
 * A recording of a `MediaStream`. Its chunks are sent while it takes place; everything that was recorded before a failure,
 * `pause()` or the end of the source is kept and sent.
 */
export class StreamRecording implements AsyncDisposable {
  readonly #settings: CaptureSettings;
  readonly #source: CaptureSource | undefined;
  readonly #wakeLock: WakeLock | undefined;
  readonly #over: AbortController = new AbortController();
  #watching: AbortController = new AbortController();
  #meter: LevelMeter | undefined;
  #format: RecorderFormat;
  #stream: MediaStream;
  #run: RecorderRun | undefined;
  #recording: Recording | undefined;
  #counts: Pick<RecordingProgress, "chunks" | "acknowledged" | "bufferedBytes"> = {
    ...{ chunks: 0, acknowledged: 0, bufferedBytes: 0 },
  };
  #begin = (): void => undefined;
  /** Settles when everything that was recorded so far is accepted. */
  #pump: Promise<void>;
  #onFault: (error: unknown) => void = () => undefined;
  #finishing: Promise<RecordingSummary> | undefined;
  #isPaused = false;
  #isMuted = false;
  #isReopening = false;

  /** Internal: `recordStream` and `recordMicrophone` create recordings. */
  constructor(stream: MediaStream, settings: CaptureSettings, source: CaptureSource | undefined) {
    this.#settings = settings;
    this.#source = source;
    this.#format = chooseFormat(settings.mimeType);
    this.#pump = new Promise<void>((resolve) => {
      this.#begin = resolve;
    });
    // At once: what is said while the recording is being created at Heidi is kept.
    this.#stream = audioOf(stream);
    this.#open();
    this.#wakeLock = settings.keepAwake ? new WakeLock() : undefined;
    this.#watch();
    this.#watchPage();
  }

  /** The API's id of this recording. */
  get id(): string {
    return this.#recording?.id ?? "";
  }

  /**
   * The state: `interrupted` when the source has ended and there is no other one yet, `ended` after `finish()` or
   * `abort()`.
   */
  get state(): "recording" | "paused" | "interrupted" | "ended" {
    if (this.#over.signal.aborted) return "ended";
    if (!isLive(this.#stream)) return "interrupted";
    return this.#isPaused ? "paused" : "recording";
  }

  /** True while silence is recorded, after `mute()`. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** Records nothing until `resume()`. The pause is not in the recording. */
  pause(): void {
    if (this.#isPaused || this.#isOver) return;
    this.#isPaused = true;
    this.#run?.pause();
    this.#notify("paused");
  }

  /** Records again after `pause()`. */
  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    if (this.#run) this.#run.resume();
    else if (isLive(this.#stream)) this.#open();
    this.#notify("resumed");
  }

  /** Records silence until `unmute()`. It sets `enabled` of the stream's tracks, also for others that use these tracks. */
  mute(): void {
    this.#setMuted(true);
  }

  /** Records sound again after `mute()`. */
  unmute(): void {
    this.#setMuted(false);
  }

  /**
   * Records another stream from now on, also after the source has ended. Resolves when it is being recorded; between
   * two live streams no sound is missing.
   *
   * @throws HeidiArgumentError for a stream without live audio, and when the recording is over; HeidiRecordingError when
   * the browser cannot record it.
   */
  async useStream(mediaStream: MediaStream): Promise<void> {
    const stream = audioOf(mediaStream);
    if (this.#isOver) throwInvalid("mediaStream", "The recording is over.");
    const [before, oldRun] = [this.#stream, this.#run];
    this.#stream = stream;
    try {
      if (this.#isPaused) this.#run = undefined;
      else this.#open();
    } catch (error) {
      this.#stream = before;
      throw error;
    }
    this.#setEnabled();
    this.#watch();
    await this.#run?.started;
    oldRun?.stop();
    this.#source?.release(before);
    this.#notify("source-changed");
  }

  /** Sends the chunks again whose sending failed for good, for example after the user has signed in again. */
  retry(): void {
    this.#recording?.retry();
  }

  /**
   * Stops recording, waits until the API has every chunk, and marks the recording as complete. While the browser is
   * offline it waits. Safe to call again, also after a failure: completed work is not repeated.
   *
   * @throws the error with which the API refused a chunk or the whole recording, HeidiRecordingError when the last audio
   * cannot be saved, HeidiAbortError.
   */
  finish(): Promise<RecordingSummary> {
    this.#finishing ??= this.#finish().catch((error: unknown) => {
      this.#finishing = undefined;
      throw error;
    });
    return this.#finishing;
  }

  /**
   * Stops recording and sending. The store keeps the chunks that the API does not have, so that a recording of the same
   * session with the same store continues from there.
   */
  async abort(reason?: unknown): Promise<void> {
    this.#stop();
    if (this.#settings.hasStore) await this.#settled().catch(() => undefined);
    await this.#recording?.abort(reason);
  }

  /** Aborts the recording unless it is finished. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  /** Internal: the recording at Heidi is created, and chunks can be accepted. */
  begin(recording: Recording): void {
    this.#recording = recording;
    this.#begin();
  }

  /** Internal: passes an event of the recording on. */
  onProgress({ event, index, error, ...counts }: RecordingProgress): void {
    this.#counts = counts;
    this.#notify(event, error, { index });
  }

  /** Internal: stops the recorder and releases the source. */
  stop(): void {
    this.#stop();
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  async #finish(): Promise<RecordingSummary> {
    this.#stop();
    await this.#settled();
    if (!this.#recording) throwInvalid("session_id", "The recording was not started.");
    return this.#recording.finish();
  }

  /** Everything that was recorded is accepted; rejects when it cannot be saved. */
  #settled(): Promise<void> {
    const fault = new Promise<never>((_, reject) => {
      this.#onFault = reject;
    });
    return Promise.race([this.#pump, fault]);
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#over.abort();
    this.#watching.abort();
    this.#run?.stop();
    this.#run = undefined;
    this.#meter?.stop();
    this.#wakeLock?.release();
    this.#source?.release(this.#stream);
  }

  /** Starts a recorder; one that still records is stopped when the new one records. */
  #open(): void {
    const before = this.#run;
    const run: RecorderRun = new RecorderRun(this.#stream, {
      format: this.#format,
      bitsPerSecond: this.#settings.bitsPerSecond,
      timesliceMs: TIMESLICE_MS,
      onSlice: () => {
        const isDue = performance.now() - run.startedMs > this.#settings.chunkMs - TIMESLICE_MS;
        if (!run.isSegmentable && isDue && run === this.#run && !this.#isPaused) this.#reopen();
      },
      onEnd: (error) => this.#onRunEnd(run, error),
    });
    this.#run = run;
    if (before) void run.started.then(() => before.stop());
    this.#pump = this.#pump.then(() => this.#drain(run));
  }

  /** Starts another recorder for the same stream; a failure is an event, because no caller waits for the result. */
  #reopen(): void {
    try {
      this.#open();
    } catch (error) {
      this.#notify("recorder-failed", error);
    }
  }

  /** Accepts the output of a recorder, chunk by chunk. Never rejects. */
  async #drain(run: RecorderRun): Promise<void> {
    try {
      if (run.isSegmentable) await this.#segment(run);
      else await this.#storeWhole(run);
    } catch (error) {
      // The recording was aborted, by its signal or with its client: the microphone is not needed any more.
      if (this.#recording?.isOpen !== true) this.#stop();
      else this.#notify("chunk-lost", error);
    }
  }

  async #segment(run: RecorderRun): Promise<void> {
    const { chunkMs, hasStore } = this.#settings;
    const onDraft = (draft: RecordingChunk): void => {
      run.forget();
      this.#recording?.draft(draft).catch((error: unknown) => {
        if (this.#recording?.isOpen) this.#notify("storage-failed", error);
      });
    };
    let accepting = false;
    try {
      const drafts = hasStore && { onDraft, draftMs: DRAFT_MS };
      for await (const chunk of segmentRecording(run.bytes(), { chunkMs, ...drafts })) {
        run.forget();
        accepting = true;
        await this.#store(chunk);
        accepting = false;
      }
    } catch (error) {
      if (accepting) throw error;
      await this.#onUncut(run, error);
    }
  }

  /** The output cannot be cut, or not to its end. */
  async #onUncut(run: RecorderRun, error: unknown): Promise<void> {
    const isCurrent = run === this.#run;
    if (run.isWhole && !run.isOver) {
      // None of it could be cut: all of it is one chunk, and from now on each chunk has its own recorder.
      this.#format = { ...this.#format, isSegmentable: false };
      if (isCurrent) this.#reopen();
      return this.#storeWhole(run);
    }
    if (run.isWhole) return this.#storeWhole(run);
    this.#notify("recorder-failed", error);
    if (isCurrent) this.#reopen();
  }

  async #storeWhole(run: RecorderRun): Promise<void> {
    const file = await run.whole();
    if (file && file.size >= LEAST_FILE_BYTES) await this.#store(file);
  }

  /** Has a chunk accepted, and tries again as long as it cannot be saved: other chunks leave the store meanwhile. */
  async #store(chunk: RecordingChunk | Blob): Promise<void> {
    const recording = this.#recording;
    for (let tries = 1; recording; tries += 1) {
      try {
        await recording.append(chunk);
        if (tries > 1) this.#notify("storage-recovered");
        return;
      } catch (error) {
        if (!recording.isOpen) throw error;
        // Too large, or not what a recorder should write: no further try changes that.
        if (error instanceof HeidiArgumentError) return this.#notify("chunk-lost", error);
        this.#notify("storage-failed", error);
        this.#onFault(error);
        await sleep(STORAGE_RETRY_MS, {});
      }
    }
  }

  /** A recorder stopped by itself. */
  #onRunEnd(run: RecorderRun, error: HeidiRecordingError | undefined): void {
    if (run !== this.#run || this.#isOver) return;
    this.#run = undefined;
    if (!isLive(this.#stream)) {
      this.#onSourceEnd();
      return;
    }
    const isEarly = performance.now() - run.startedMs < LEAST_RUN_MS;
    this.#notify("recorder-failed", error);
    if (!isEarly && !this.#isPaused) this.#reopen();
  }

  #onSourceEnd(): void {
    if (this.#isOver || this.#watching.signal.aborted) return;
    this.#watching.abort();
    this.#run?.stop();
    this.#run = undefined;
    const what = "The system ended the microphone, or the stream's other source. What was recorded is kept.";
    const error = new HeidiRecordingError(
      "source-ended",
      `${what} Record another stream with \`useStream\`, or call \`finish\`.`,
    );
    this.#notify("source-ended", error);
    void this.#openOther();
  }

  /** Continues with another microphone, where the SDK may open one. */
  async #openOther(): Promise<void> {
    const source = this.#source;
    if (!source || this.#isReopening || this.state !== "interrupted") return;
    this.#isReopening = true;
    try {
      const stream = await source.reopen();
      // It may have become superfluous while the browser asked the user.
      if (this.state === "interrupted") await this.useStream(stream);
      else source.release(stream);
    } catch (error) {
      this.#notify("source-failed", error);
    }
    this.#isReopening = false;
  }

  /** Listens to the stream's tracks, and measures them. */
  #watch(): void {
    this.#watching.abort();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    for (const track of this.#stream.getAudioTracks()) {
      const onEnded = (): void => {
        if (!isLive(this.#stream)) this.#onSourceEnd();
      };
      track.addEventListener("ended", onEnded, { signal });
      track.addEventListener("mute", () => this.#notify("source-muted"), { signal });
      track.addEventListener("unmute", () => this.#notify("source-unmuted"), { signal });
    }
    if (this.#settings.levelsPerSecond === 0) return;
    try {
      this.#meter ??= new LevelMeter(this.#settings.levelsPerSecond, (level) => {
        if (this.state === "recording") this.#notify("level", undefined, { level });
      });
      this.#meter.attach(this.#stream);
    } catch {
      // Without an audio graph there is no meter; the recording does not need it.
    }
  }

  #watchPage(): void {
    const { signal } = this.#over;
    void this.#wakeLock?.acquire();
    onVisibility(signal, (isHidden) => {
      this.#notify(isHidden ? "hidden" : "visible");
      // A phone may end a hidden page at any time.
      if (isHidden) return this.#run?.flush();
      void this.#wakeLock?.acquire();
      this.retry();
    });
    const onDevices = (): void => {
      this.#notify("devices-changed");
      void this.#openOther();
    };
    navigator.mediaDevices?.addEventListener?.("devicechange", onDevices, { signal });
  }

  #setMuted(isMuted: boolean): void {
    if (this.#isMuted === isMuted || this.#isOver) return;
    this.#isMuted = isMuted;
    this.#setEnabled();
    this.#notify(isMuted ? "muted" : "unmuted");
  }

  #setEnabled(): void {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !this.#isMuted;
  }

  #notify(
    event: CaptureProgress["event"],
    error?: unknown,
    { index, level }: Partial<Pick<CaptureProgress, "index" | "level">> = {},
  ): void {
    const fault: HeidiError | undefined = isHeidiError(error) ? error : undefined;
    try {
      const result = this.#settings.onProgress?.({ event, index, level, ...this.#counts, error: fault });
      ignoreFailure(result);
    } catch {
      // A callback that throws never breaks a recording.
    }
  }
}

const isLive = (stream: MediaStream): boolean =>
  stream.getAudioTracks().some(({ readyState }) => readyState === "live");

/** The audio of a stream, without its pictures. @throws HeidiArgumentError when there is none. */
function audioOf(mediaStream: MediaStream): MediaStream {
  const given: unknown = Reflect.get(Object(mediaStream), "getAudioTracks");
  if (typeof given !== "function") throwInvalid("mediaStream", "`mediaStream` must be a MediaStream.");
  if (!isLive(mediaStream))
    throwInvalid("mediaStream", "`mediaStream` has no live audio track: pass one that records a microphone.");
  return new MediaStream(mediaStream.getAudioTracks());
}

/** Starts to record a stream, and then creates the recording at Heidi, or continues the stored one. */
export async function startCapture<R extends StreamRecording>(
  clinician: RecordingClinician,
  session_id: string,
  options: CaptureOptions,
  create: (settings: CaptureSettings) => R,
): Promise<R> {
  const settings = resolveCapture(options);
  const start: unknown = clinician?.transcription?.startRecording;
  if (typeof start !== "function")
    throwInvalid("clinician", "`clinician` must be a HeidiUser, from `Heidi.withToken` or `forUser`.");
  const capture = create(settings);
  try {
    const recording = await clinician.transcription.startRecording(session_id, {
      ...settings.recording,
      onProgress: (progress) => capture.onProgress(progress),
    });
    if (!recording.isOpen) {
      await recording.abort();
      throwInvalid(
        "store",
        "The stored recording is being finished: call `startRecording` with this store, and its `finish()`.",
      );
    }
    capture.begin(recording);
    return capture;
  } catch (error) {
    capture.stop();
    throw error;
  }
}
