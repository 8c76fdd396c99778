import { getList, getProperty, isText } from "../../utils/values.ts";
import type { OperationStatus } from "./types.ts";

const PENDING: OperationStatus<never> = { kind: "pending" };
const FAILED: OperationStatus<never> = { kind: "failed" };

/** `READY` and `FAILED` end a wait; any other status, known or not, and none at all leave it open. */
export function statusOfDocument<T>(status: unknown, value: T): OperationStatus<T> {
  if (status === "READY") return { kind: "ready", value };
  return status === "FAILED" ? FAILED : PENDING;
}

/** Codes that came without any status are what was asked for: some deployments tell none. */
export function statusOfCodes<T>(answer: T): OperationStatus<T> {
  const status = getProperty(answer, "status") ?? undefined;
  const listed = getList(answer, "entities", "clinical_entities")?.length ?? 0;
  return status === undefined && listed > 0
    ? { kind: "ready", value: answer }
    : statusOfDocument(status, answer);
}

/** A note is there when it has text; a status cannot make an empty note ready, only failed. */
export function statusOfNote<N>(note: N): OperationStatus<N & { readonly result: string }> {
  if (isText(getProperty(note, "result")))
    return { kind: "ready", value: note as N & { readonly result: string } };
  return getProperty(note, "status") === "FAILED" ? FAILED : PENDING;
}

/** What the pieces of a live transcript say together. */
export type ChunksStatus = "none" | "pending" | "failed" | "silent" | "ready";

/**
 * - `none`: there are no pieces, or none with a status, to judge by.
 * - `pending`: at least one is neither READY nor FAILED, whatever the others are.
 * - `failed`: all are done, and at least one failed.
 * - `silent`: all are READY, and none has a word.
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
 * Whether a transcript is complete. Its pieces decide where there are any, for a text can be there while a part of the
 * consult is still missing from it; without pieces any text is taken for the whole.
 */
export function statusOfTranscript<T>(
  transcript: T,
  pieces: ChunksStatus,
  options: { readonly acceptPartial: boolean },
): OperationStatus<T> {
  const ready: OperationStatus<T> = { kind: "ready", value: transcript };
  const hasText = isText(getProperty(transcript, "transcript"));
  if (pieces === "silent" || (hasText && (pieces === "none" || pieces === "ready"))) return ready;
  if (pieces !== "failed") return PENDING;
  return hasText && options.acceptPartial ? ready : FAILED;
}
