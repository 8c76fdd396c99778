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
import { throwInvalidArgument } from "../../utils/validate.ts";
import { getList, getProperty, isText } from "../../utils/values.ts";
import { fetchAnswer } from "./retry-after.ts";
import {
  statusOfChunks,
  statusOfCodes,
  statusOfDocument,
  statusOfNote,
  statusOfTranscript,
} from "./status.ts";
import type { PollResult } from "./types.ts";

/** A consult note with text. */
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

/** The result of one poll for a transcript. */
export interface TranscriptState {
  /** The text so far. */
  readonly transcript: Transcript;
  /** The live transcript with its chunks and their statuses; undefined where the deployment has none. */
  readonly live: LiveTranscript | undefined;
}

/**
 * Reads the text, which starts the work on the server, then the statuses of its chunks. When all chunks are complete, it
 * reads the text again: the first answer may be older than the last chunk.
 */
export async function pollTranscript(
  api: TranscriptionApi,
  session_id: string,
  request: RequestOptions,
  options: { readonly acceptPartial: boolean },
): Promise<PollResult<Transcript, TranscriptState>> {
  const { answer: first, retryAfterMs } = await fetchAnswer(api.get(session_id, request));
  const live = await getLiveTranscript(api, session_id, request);
  const chunks = statusOfChunks(live);
  const complete = chunks === "ready" || (chunks === "failed" && options.acceptPartial);
  const transcript = complete ? await api.get(session_id, request) : first;
  return {
    operationStatus: statusOfTranscript(transcript, chunks, options),
    status: statusOf(chunks, transcript),
    answer: { transcript, live },
    retryAfterMs,
  };
}

/** Returns undefined where the server has no live transcript; reading the text itself has already succeeded. */
async function getLiveTranscript(
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

/** The status of the whole transcript, in the API's words, derived from its chunks: the API itself reports none. */
function statusOf(chunks: ReturnType<typeof statusOfChunks>, transcript: Transcript): string | undefined {
  if (chunks === "none") return isText(getProperty(transcript, "transcript")) ? "READY" : undefined;
  if (chunks === "silent") return "READY";
  return chunks.toUpperCase();
}
