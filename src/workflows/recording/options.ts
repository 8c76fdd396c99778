import type { HeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { checkCount, checkMs, throwInvalidArgument } from "../../utils/validate.ts";
import { MemoryStore, type RecordingStore } from "./store.ts";

/** The last event of a recording, and its progress. */
export interface RecordingProgress {
  /**
   * `stored`: a chunk was accepted. `sending`: its request is about to be sent. `waiting`: it waits for the network.
   * `retrying`: the request failed, and is retried. `failed`: the API refused it, or `retryForMs` passed; `retry()` or
   * `finish()` sends it again. `acknowledged`: the API has the chunk. `offline`, `online`: the browser lost or found its
   * network. `finishing`, `finished`: the API has all chunks.
   */
  readonly event:
    | "stored"
    | "sending"
    | "waiting"
    | "retrying"
    | "failed"
    | "acknowledged"
    | "offline"
    | "online"
    | "finishing"
    | "finished";
  /** The index of the chunk. */
  readonly index: number | undefined;
  /** The number of chunks accepted so far. */
  readonly chunks: number;
  /** The number of chunks that the API has. */
  readonly acknowledged: number;
  /** The number of bytes that wait in memory. */
  readonly bufferedBytes: number;
  /** The error of a failed attempt. */
  readonly error: HeidiError | undefined;
}

/** The summary of a complete recording. */
export interface RecordingSummary {
  readonly recording_id: string;
  /** The number of its chunks. */
  readonly chunks: number;
  /**
   * The indexes of chunks that were sent again after an attempt with unknown outcome. The API does not document what
   * happens then: if it keeps both, the text of such a chunk is in the transcript twice. Have these places reviewed.
   */
  readonly uncertain: readonly number[];
  /**
   * The indexes of chunks in which, or before which, `segmentRecording` found missing audio: the stream was damaged there.
   * Only present when there are any. The transcript has a gap at these places.
   */
  readonly gaps?: readonly number[] | undefined;
}

/** Options of a live recording. */
export interface RecordingOptions extends Pick<RequestOptions, "headers" | "timeoutMs"> {
  /**
   * The store of the chunks until the API has them. With a store that outlives the process, the same call continues a
   * recording after a crash. Default: memory.
   */
  readonly store?: RecordingStore | undefined;
  /**
   * Keeps the journal in the `store` when the recording is finished. Without it, a worker that is killed before it has
   * saved the end would start another recording. Call the store's `clear()` when the end is saved. Default false.
   */
  readonly keepJournal?: boolean | undefined;
  /** The number of chunks sent at the same time, from 1 to 8. Default 2. */
  readonly concurrency?: number | undefined;
  /**
   * The maximum number of bytes that wait in memory to be sent, besides the chunk that is being appended; also the maximum
   * size of a chunk. Default 64 MiB. With a `store`, chunks wait there, and this limits only their size.
   */
  readonly maxBufferedBytes?: number | undefined;
  /**
   * The time for which the sending of a chunk is retried, in milliseconds. Default 10 minutes. The time during which a browser knows
   * that it is offline does not count: chunks wait, and are sent when it is online again.
   */
  readonly retryForMs?: number | undefined;
  /**
   * Accepts chunks also after the API has refused one or `retryForMs` has passed, so that a microphone does not have to
   * stop: they wait for `retry()` or `finish()`. Default false: `append` then throws the error.
   */
  readonly acceptAfterFailure?: boolean | undefined;
  /** Aborts the recording, like `abort()`. */
  readonly signal?: AbortSignal | undefined;
  /** Called at every event; errors that it throws are ignored. */
  readonly onProgress?: ((progress: RecordingProgress) => unknown) | undefined;
}

/** Checked options. */
export interface RecordingSettings {
  readonly store: RecordingStore;
  /** Infinity when chunks wait in a store. */
  readonly roomBytes: number;
  readonly maxBufferedBytes: number;
  readonly keepJournal: boolean;
  readonly concurrency: number;
  readonly retryForMs: number;
  readonly acceptAfterFailure: boolean;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: RecordingOptions["onProgress"];
  readonly request: Pick<RequestOptions, "headers" | "timeoutMs">;
}

const METHODS = ["put", "get", "delete", "list", "saveJournal", "loadJournal", "clear"] as const;
const MIB = 1024 * 1024;

/** @throws HeidiArgumentError that names the option. */
export function resolveRecording(options: RecordingOptions): RecordingSettings {
  if (typeof options !== "object" || options === null) {
    throwInvalidArgument("options", "The options of a recording must be an object.");
  }
  const { store, signal, onProgress, headers } = options;
  if (store !== undefined && METHODS.some((name) => typeof store?.[name] !== "function")) {
    throwInvalidArgument("store", `The option \`store\` must have the methods ${METHODS.join(", ")}.`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throwInvalidArgument("onProgress", "The option `onProgress` must be a function.");
  }
  const flag = (name: "keepJournal" | "acceptAfterFailure"): boolean => {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "boolean")
      throwInvalidArgument(name, `The option \`${name}\` must be true or false.`);
    return value === true;
  };
  const count = (name: "concurrency" | "maxBufferedBytes", min: number, max: number): number | undefined =>
    checkCount(name, options[name], { min, max }, throwInvalidArgument);
  const maxBufferedBytes = count("maxBufferedBytes", 1, 2 ** 40) ?? 64 * MIB;
  const timeoutMs = checkMs("timeoutMs", options.timeoutMs, throwInvalidArgument);
  return {
    store: store ?? new MemoryStore(),
    roomBytes: store === undefined ? maxBufferedBytes : Number.POSITIVE_INFINITY,
    maxBufferedBytes,
    keepJournal: flag("keepJournal"),
    acceptAfterFailure: flag("acceptAfterFailure"),
    concurrency: count("concurrency", 1, 8) ?? 2,
    retryForMs: checkMs("retryForMs", options.retryForMs, throwInvalidArgument) ?? 600_000,
    signal,
    onProgress,
    request: { ...(headers && { headers }), ...(timeoutMs && { timeoutMs }) },
  };
}
