import { readBlob } from "../../platform.ts";
import { HeidiRecordingError, nameOfFault } from "./errors.ts";

/** Types whose recorders write what `segmentRecording` can cut, best first. */
const SEGMENTABLE: readonly string[] = [
  "audio/webm;codecs=opus",
  "audio/ogg;codecs=opus",
  "audio/mp4;codecs=mp4a.40.2",
  "audio/mp4;codecs=opus",
  "audio/mp4",
];

/** How a stream is recorded. */
export interface RecorderFormat {
  /** The recorder's type; undefined leaves the choice to the browser. */
  readonly mimeType: string | undefined;
  /** True when its output is cut into chunks; otherwise a new recorder is started for each chunk. */
  readonly isSegmentable: boolean;
}

/** @throws HeidiRecordingError when the browser has no recorder, or not of this type. */
export function chooseFormat(wanted: string | undefined): RecorderFormat {
  if (typeof MediaRecorder !== "function")
    throw new HeidiRecordingError(
      "unsupported",
      "This browser has no MediaRecorder, so it cannot record. Ask the user to update it, or to use Chrome, Edge, Firefox or Safari 14.1 or newer.",
    );
  const isSupported = (type: string): boolean => MediaRecorder.isTypeSupported(type);
  if (wanted !== undefined) {
    if (isSupported(wanted)) return { mimeType: wanted, isSegmentable: isKnown(wanted) };
    throw new HeidiRecordingError(
      "unsupported",
      "This browser cannot record the type of the option `mimeType`. Omit it: the SDK then chooses a type that the browser has.",
    );
  }
  const mimeType = SEGMENTABLE.find(isSupported);
  return { mimeType, isSegmentable: mimeType !== undefined };
}

const isKnown = (type: string): boolean => SEGMENTABLE.includes(type.replaceAll(" ", "").toLowerCase());

/** Options of a recorder run. */
export interface RunOptions {
  readonly format: RecorderFormat;
  readonly bitsPerSecond: number;
  readonly timesliceMs: number;
  /** Called when a slice arrives. */
  onSlice(): void;
  /** Called once when the recorder stops without `stop()`; `error` is that of the recorder, if it has one. */
  onEnd(error: HeidiRecordingError | undefined): void;
}

/** One MediaRecorder from its start to its stop, and its output in order. */
export class RecorderRun {
  readonly startedMs: number = performance.now();
  /** Resolves when the recorder records. */
  readonly started: Promise<void>;
  readonly isSegmentable: boolean;
  readonly #recorder: MediaRecorder;
  /** Blobs by their arrival. Their bytes are read one after the other, so a slow one is not overtaken. */
  readonly #slices: Blob[] = [];
  #kept: Blob[] | undefined = [];
  #waiting: (() => void)[] = [];
  #isOver = false;
  #isStopping = false;

  constructor(stream: MediaStream, options: RunOptions) {
    const { mimeType } = options.format;
    try {
      this.#recorder = new MediaRecorder(stream, {
        ...(mimeType !== undefined && { mimeType }),
        audioBitsPerSecond: options.bitsPerSecond,
      });
    } catch (error) {
      throw failed(error);
    }
    this.isSegmentable = options.format.isSegmentable;
    const recorder = this.#recorder;
    let fault: HeidiRecordingError | undefined;
    this.started = new Promise((resolve) => {
      recorder.addEventListener("start", () => resolve(), { once: true });
      recorder.addEventListener("stop", () => resolve(), { once: true });
    });
    recorder.addEventListener("dataavailable", ({ data }) => {
      if (data.size > 0) {
        if (options.format.isSegmentable) this.#slices.push(data);
        this.#kept?.push(data);
      }
      this.#wake();
      options.onSlice();
    });
    recorder.addEventListener("error", (event) => {
      fault = failed(Reflect.get(event, "error"));
      // It stops by itself, but not in every browser.
      if (recorder.state !== "inactive") recorder.stop();
    });
    // The last slice comes before this event.
    recorder.addEventListener("stop", () => {
      this.#isOver = true;
      this.#wake();
      if (!this.#isStopping) options.onEnd(fault);
    });
    try {
      recorder.start(options.timesliceMs);
    } catch (error) {
      throw failed(error);
    }
  }

  /** True when it has stopped, and its output is complete. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** True as long as `whole()` has all of the output. */
  get isWhole(): boolean {
    return this.#kept !== undefined;
  }

  pause(): void {
    if (this.#recorder.state === "recording") this.#recorder.pause();
  }

  resume(): void {
    if (this.#recorder.state === "paused") this.#recorder.resume();
  }

  /** Asks for the slice in progress. */
  flush(): void {
    if (this.#recorder.state === "recording") this.#recorder.requestData();
  }

  /** Stops the recorder; its output ends with its last slice. */
  stop(): void {
    this.#isStopping = true;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  /** Releases what `whole()` would return. */
  forget(): void {
    this.#kept = undefined;
  }

  /** Yields the bytes of the slices as they arrive, until the recorder stops. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const slice = this.#slices.shift();
      if (slice) yield new Uint8Array(await readBlob(slice));
      else if (this.#isOver) return;
      else await this.#change();
    }
  }

  /** Resolves with the complete output when the recorder has stopped; undefined when it is empty or was forgotten. */
  async whole(): Promise<Blob | undefined> {
    while (!this.#isOver) await this.#change();
    const kept = this.#kept;
    return kept === undefined || kept.length === 0
      ? undefined
      : new Blob(kept, { type: this.#recorder.mimeType });
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

const failed = (error: unknown): HeidiRecordingError =>
  new HeidiRecordingError(
    "recorder-failed",
    `The browser's recorder failed (${nameOfFault(error)}). What it recorded before is kept.`,
  );
