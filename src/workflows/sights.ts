import type { ClinicalCodingApi, SessionContextApi, SessionsApi } from "../../generated/client.ts";
import type {
  ClinicalCodesResponse,
  ContextDocument,
  GetSessionClinicalCodesQuery,
  ListContextDocumentsResponse,
  Session,
} from "../../generated/types.ts";
import type { RequestOptions } from "../transport/options.ts";
import { fetchAnswer, getList, getProperty } from "./answer.ts";
import type { PollResult } from "./look.ts";
import { throwInvalidArgument } from "./schedule.ts";
import { statusOfCodes, statusOfDocument, statusOfNote } from "./verdicts.ts";

export { pollTranscript } from "./transcript.ts";

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
