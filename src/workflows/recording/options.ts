import type { HeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { checkCount, checkMs } from "../../utils/validate.ts";
import { throwInvalidArgument } from "../polling/schedule.ts";
import { MemoryStore, type RecordingStore } from "./store.ts";

/** What happened last in a recording, and how far it is. */
export interface RecordingProgress {
  /**
   * `stored`: a chunk was taken. `sending`: a request with it is about to leave. `retrying`: that failed, and is
   * repeated. `acknowledged`: the API has it. `finishing`, `finished`: all chunks are with the API.
   */
  readonly event: "stored" | "sending" | "retrying" | "acknowledged" | "finishing" | "finished";
  /** The chunk that this is about. */
  readonly index: number | undefined;
  /** Chunks taken so far. */
  readonly chunks: number;
  /** Chunks that the API has. */
  readonly acknowledged: number;
  /** Bytes that wait in memory. */
  readonly bufferedBytes: number;
  /** Why an attempt failed. */
  readonly error: HeidiError | undefined;
}

/** A recording that is complete. */
export interface RecordingSummary {
  readonly recording_id: string;
  /** How many chunks it has. */
  readonly chunks: number;
  /**
   * Indexes of chunks that were sent again after an attempt of unknown outcome. The API documents no rule for that:
   * should it keep both, the text of such a chunk is in the transcript twice. Have these places looked at.
   */
  readonly uncertain: readonly number[];
  /**
   * Indexes of chunks in which, or before which, `segmentRecording` found sound missing: the stream was damaged there. Only
   * present when there are any. The transcript has a hole at these places.
   */
  readonly gaps?: readonly number[] | undefined;
}

/** Options of a live recording. */
export interface RecordingOptions extends Pick<RequestOptions, "headers" | "timeoutMs"> {
  /**
   * Where chunks are kept until the API has them. With a store that outlives the process a crashed recording is
   * continued by the same call. Default: memory.
   */
  readonly store?: RecordingStore | undefined;
  /**
   * Leave the journal in the `store` when the recording is finished: without a trace of it, a worker that is killed
   * before it has noted the end would record once more. Call the store's `clear()` when it has. Default false.
   */
  readonly keepJournal?: boolean | undefined;
  /** How many chunks are sent at once, from 1 to 8. Default 2. */
  readonly concurrency?: number | undefined;
  /**
   * The most bytes that wait in memory to be sent, beside the chunk that is being appended. Default 64 MiB. The largest
   * chunk too. With a `store`, chunks wait there, and this bounds only their size.
   */
  readonly maxBufferedBytes?: number | undefined;
  /** For how long the sending of a chunk is repeated, in milliseconds. Default 10 minutes. */
  readonly retryForMs?: number | undefined;
  /** Ends the recording like `abort()`. */
  readonly signal?: AbortSignal | undefined;
  /** Called at every step; what it throws is ignored. */
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
  const { store, signal, onProgress, headers, keepJournal } = options;
  if (store !== undefined && METHODS.some((name) => typeof store?.[name] !== "function")) {
    throwInvalidArgument("store", `The option \`store\` must have the methods ${METHODS.join(", ")}.`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throwInvalidArgument("onProgress", "The option `onProgress` must be a function.");
  }
  if (keepJournal !== undefined && typeof keepJournal !== "boolean") {
    throwInvalidArgument("keepJournal", "The option `keepJournal` must be true or false.");
  }
  const count = (name: "concurrency" | "maxBufferedBytes", min: number, max: number): number | undefined =>
    checkCount(name, options[name], { min, max }, throwInvalidArgument);
  const maxBufferedBytes = count("maxBufferedBytes", 1, 2 ** 40) ?? 64 * MIB;
  const timeoutMs = checkMs("timeoutMs", options.timeoutMs, throwInvalidArgument);
  return {
    store: store ?? new MemoryStore(),
    roomBytes: store === undefined ? maxBufferedBytes : Number.POSITIVE_INFINITY,
    maxBufferedBytes,
    keepJournal: keepJournal === true,
    concurrency: count("concurrency", 1, 8) ?? 2,
    retryForMs: checkMs("retryForMs", options.retryForMs, throwInvalidArgument) ?? 600_000,
    signal,
    onProgress,
    request: { ...(headers && { headers }), ...(timeoutMs && { timeoutMs }) },
  };
}
