import type { ClinicalCodingApi, SessionContextApi, SessionsApi } from "../../generated/client.ts";
import type {
  ClinicalCodesResponse,
  ContextDocument,
  GetSessionClinicalCodesQuery,
  ListContextDocumentsResponse,
  Session,
} from "../../generated/types.ts";
import type { RequestOptions } from "../transport/options.ts";
import { ask, field, listIn } from "./answer.ts";
import type { Sight } from "./look.ts";
import { refuseArgument } from "./schedule.ts";
import { verdictOfCodes, verdictOfNote, verdictOfStatus } from "./verdicts.ts";

export { lookForTranscript } from "./transcript.ts";

/** A consult note that is there. */
export type ReadyConsultNote = NonNullable<Session["consult_note"]> & { readonly result: string };

export async function lookForDocument(
  api: SessionContextApi,
  session_id: string,
  document_id: string,
  request: RequestOptions,
): Promise<Sight<ContextDocument, ListContextDocumentsResponse>> {
  if (typeof document_id !== "string" || document_id === "") {
    refuseArgument("document_id", "The argument `document_id` must be a non-empty string.");
  }
  const { answer, retryAfterMs } = await ask(api.listDocuments(session_id, request));
  const documents = listIn(answer, "data") ?? [];
  const found = documents.find((one) => field(one, "id") === document_id);
  if (found === undefined) return { verdict: { kind: "missing" }, status: undefined, answer, retryAfterMs };
  const status = field(found, "status");
  return { verdict: verdictOfStatus(status, found as ContextDocument), status, answer, retryAfterMs };
}

export async function lookForCodes(
  api: ClinicalCodingApi,
  session_id: string,
  query: GetSessionClinicalCodesQuery | undefined,
  request: RequestOptions,
): Promise<Sight<ClinicalCodesResponse, ClinicalCodesResponse>> {
  const { answer, retryAfterMs } = await ask(api.getCodes(session_id, query, request));
  return { verdict: verdictOfCodes(answer), status: field(answer, "status"), answer, retryAfterMs };
}

export async function lookForNote(
  api: SessionsApi,
  session_id: string,
  request: RequestOptions,
): Promise<Sight<ReadyConsultNote, Session>> {
  const { answer, retryAfterMs } = await ask(api.get(session_id, request));
  const note = field(answer, "consult_note") as NonNullable<Session["consult_note"]>;
  return { verdict: verdictOfNote(note), status: field(note, "status"), answer, retryAfterMs };
}
