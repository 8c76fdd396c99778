import type {
  ClinicalCodingApi,
  SessionContextApi,
  SessionsApi,
  TranscriptionApi,
} from "../../../generated/client.ts";
import type {
  ClinicalCodesResponse,
  ContextDocument,
  GetSessionClinicalCodesQuery,
  ListContextDocumentsResponse,
  LiveTranscript,
  Session,
  Transcript,
} from "../../../generated/types.ts";
import { HeidiApiError } from "../../api-errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { getList, getProperty, isText } from "../../utils/values.ts";
import { fetchAnswer } from "./retry-after.ts";
import { throwInvalidArgument } from "./schedule.ts";
import {
  statusOfChunks,
  statusOfCodes,
  statusOfDocument,
  statusOfNote,
  statusOfTranscript,
} from "./status.ts";
import type { PollResult } from "./types.ts";

/** A consult note that is there. */
export type ReadyConsultNote = NonNullable<Session["consult_note"]> & { readonly result: string };

export async function pollDocument(
  api: SessionContextApi,
  session_id: string,
  document_id: string,
  request: RequestOptions,
): Promise<PollResult<ContextDocument, ListContextDocumentsResponse>> {
  if (typeof document_id !== "string" || document_id === "") {
    throwInvalidArgument("document_id", "The argument `document_id` must be a non-empty string.");
  }
  const { answer, retryAfterMs } = await fetchAnswer(api.listDocuments(session_id, request));
  const documents = getList(answer, "data") ?? [];
  const found = documents.find((one) => getProperty(one, "id") === document_id);
  if (found === undefined)
    return { operationStatus: { kind: "missing" }, status: undefined, answer, retryAfterMs };
  const status = getProperty(found, "status");
  return {
    operationStatus: statusOfDocument(status, found as ContextDocument),
    status,
    answer,
    retryAfterMs,
  };
}

export async function pollCodes(
  api: ClinicalCodingApi,
  session_id: string,
  query: GetSessionClinicalCodesQuery | undefined,
  request: RequestOptions,
): Promise<PollResult<ClinicalCodesResponse, ClinicalCodesResponse>> {
  const { answer, retryAfterMs } = await fetchAnswer(api.getCodes(session_id, query, request));
  return {
    operationStatus: statusOfCodes(answer),
    status: getProperty(answer, "status"),
    answer,
    retryAfterMs,
  };
}

export async function pollNote(
  api: SessionsApi,
  session_id: string,
  request: RequestOptions,
): Promise<PollResult<ReadyConsultNote, Session>> {
  const { answer, retryAfterMs } = await fetchAnswer(api.get(session_id, request));
  const note = getProperty(answer, "consult_note") as NonNullable<Session["consult_note"]>;
  return { operationStatus: statusOfNote(note), status: getProperty(note, "status"), answer, retryAfterMs };
}

/** What a look for a transcript found. */
export interface TranscriptState {
  /** The text so far. */
  readonly transcript: Transcript;
  /** The pieces, with a status each; undefined where the deployment has none. */
  readonly live: LiveTranscript | undefined;
}

/**
 * Reads the text, which makes the server begin, then the states of its pieces. When those are complete the text is read
 * again: the first reading may be older than the last piece.
 */
export async function pollTranscript(
  api: TranscriptionApi,
  session_id: string,
  request: RequestOptions,
  options: { readonly acceptPartial: boolean },
): Promise<PollResult<Transcript, TranscriptState>> {
  const { answer: first, retryAfterMs } = await fetchAnswer(api.get(session_id, request));
  const live = await piecesOf(api, session_id, request);
  const pieces = statusOfChunks(live);
  const complete = pieces === "ready" || (pieces === "failed" && options.acceptPartial);
  const transcript = complete ? await api.get(session_id, request) : first;
  return {
    operationStatus: statusOfTranscript(transcript, pieces, options),
    status: statusOf(pieces, transcript),
    answer: { transcript, live },
    retryAfterMs,
  };
}

/** Undefined where the server has no live transcript to show; the text itself was read without complaint. */
async function piecesOf(
  api: TranscriptionApi,
  session_id: string,
  request: RequestOptions,
): Promise<LiveTranscript | undefined> {
  try {
    return await api.getLive(session_id, undefined, request);
  } catch (error) {
    const refused = error instanceof HeidiApiError && [400, 404, 405, 409, 422, 501].includes(error.status);
    if (refused) return undefined;
    throw error;
  }
}

/** The API tells no status of a whole transcript; this is what its pieces amount to, in the API's words. */
function statusOf(pieces: ReturnType<typeof statusOfChunks>, transcript: Transcript): string | undefined {
  if (pieces === "none") return isText(getProperty(transcript, "transcript")) ? "READY" : undefined;
  if (pieces === "silent") return "READY";
  return pieces.toUpperCase();
}
