import { getList, getProperty, isText } from "../../utils/values.ts";
import type { OperationStatus } from "./types.ts";

const PENDING: OperationStatus<never> = { kind: "pending" };
const FAILED: OperationStatus<never> = { kind: "failed" };

/** `READY` and `FAILED` end the wait; any other status, known or unknown, and a missing status mean pending. */
export function statusOfDocument<T>(status: unknown, value: T): OperationStatus<T> {
  if (status === "READY") return { kind: "ready", value };
  return status === "FAILED" ? FAILED : PENDING;
}

/** Codes without any status count as ready: some deployments report none. */
export function statusOfCodes<T>(answer: T): OperationStatus<T> {
  const status = getProperty(answer, "status") ?? undefined;
  const listed = getList(answer, "entities", "clinical_entities")?.length ?? 0;
  return status === undefined && listed > 0
    ? { kind: "ready", value: answer }
    : statusOfDocument(status, answer);
}

/** A note is ready when it has text. The status of an empty note can only make it failed, never ready. */
export function statusOfNote<N>(note: N): OperationStatus<N & { readonly result: string }> {
  if (isText(getProperty(note, "result")))
    return { kind: "ready", value: note as N & { readonly result: string } };
  return getProperty(note, "status") === "FAILED" ? FAILED : PENDING;
}

/** The combined status of a live transcript's chunks. */
export type ChunksStatus = "none" | "pending" | "failed" | "silent" | "ready";

/**
 * - `none`: there are no chunks, or none has a status.
 * - `pending`: at least one is neither READY nor FAILED.
 * - `failed`: all are done, and at least one failed.
 * - `silent`: all are READY, and none has text.
 * - `ready`: all are READY.
 */
export function statusOfChunks(live: unknown): ChunksStatus {
  const chunks = getList(live, "chunks") ?? [];
  if (chunks.length === 0) return "none";
  const statuses = chunks.map((chunk) => getProperty(chunk, "status"));
  if (statuses.every((status) => status === undefined || status === null)) return "none";
  if (statuses.some((status) => status !== "READY" && status !== "FAILED")) return "pending";
  if (statuses.includes("FAILED")) return "failed";
  const silent =
    !isText(getProperty(live, "transcript")) && chunks.every((chunk) => !isText(getProperty(chunk, "text")));
  return silent ? "silent" : "ready";
}

/**
 * Returns the status of a transcript. Where there are chunks, their status decides, because the text can exist while a
 * part of the consult is still missing from it. Without chunks, any text counts as complete.
 */
export function statusOfTranscript<T>(
  transcript: T,
  chunks: ChunksStatus,
  options: { readonly acceptPartial: boolean },
): OperationStatus<T> {
  const ready: OperationStatus<T> = { kind: "ready", value: transcript };
  const hasText = isText(getProperty(transcript, "transcript"));
  if (chunks === "silent" || (hasText && (chunks === "none" || chunks === "ready"))) return ready;
  if (chunks !== "failed") return PENDING;
  return hasText && options.acceptPartial ? ready : FAILED;
}
