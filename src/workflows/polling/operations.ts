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
import type { PollOperation, PollResult } from "./types.ts";

const MINUTE_MS = 60_000;
const QUICK_MS = MINUTE_MS;
/** The server does the work while it answers: one poll can take as long as the work. */
const SLOW_MS = 10 * MINUTE_MS;

/** A consult note with text. */
export type ReadyConsultNote = NonNullable<Session["consult_note"]> & { readonly result: string };

/** The parsing of a context document. */
export const contextDocument = (
  api: SessionContextApi,
  session_id: string,
  document_id: string,
): PollOperation<ContextDocument, ListContextDocumentsResponse> => ({
  operation: "listContextDocuments",
  timeoutMs: 5 * MINUTE_MS,
  pollTimeoutMs: QUICK_MS,
  onDeadline: "It may still be parsed: wait again.",
  poll: (request) => pollDocument(api, session_id, document_id, request),
});

async function pollDocument(
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

/** The generation of clinical codes. */
export const clinicalCodes = (
  api: ClinicalCodingApi,
  session_id: string,
  query: GetSessionClinicalCodesQuery | undefined,
): PollOperation<ClinicalCodesResponse, ClinicalCodesResponse> => ({
  operation: "getSessionClinicalCodes",
  timeoutMs: 10 * MINUTE_MS,
  pollTimeoutMs: SLOW_MS,
  onDeadline: "They may still come: wait again.",
  poll: (request) => pollCodes(api, session_id, query, request),
});

async function pollCodes(
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

/** The writing of the session's consult note. */
export const consultNote = (
  api: SessionsApi,
  session_id: string,
): PollOperation<ReadyConsultNote, Session> => ({
  operation: "getSession",
  timeoutMs: 15 * MINUTE_MS,
  pollTimeoutMs: QUICK_MS,
  onDeadline: "Check that one is being generated, or wait again.",
  poll: (request) => pollNote(api, session_id, request),
});

async function pollNote(
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

/** The transcription of the whole recording. */
export const transcript = (
  api: TranscriptionApi,
  session_id: string,
  options: { readonly acceptPartial: boolean },
): PollOperation<Transcript, TranscriptState> => ({
  operation: "getSessionTranscript",
  timeoutMs: 30 * MINUTE_MS,
  pollTimeoutMs: SLOW_MS,
  onDeadline:
    "It may still come, or the recording has no speech: check that audio was uploaded, or wait again.",
  poll: (request) => pollTranscript(api, session_id, request, options),
});

/**
 * Reads the text, which starts the work on the server, then the statuses of its chunks. When all chunks are complete, it
 * reads the text again: the first answer may be older than the last chunk.
 */
async function pollTranscript(
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
