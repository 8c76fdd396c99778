import type { UserApi } from "../../../generated/client.ts";
import type {
  ClinicalCodesResponse,
  ContextDocument,
  GetSessionClinicalCodesQuery,
  ListContextDocumentsResponse,
  Session,
  Transcript,
} from "../../../generated/types.ts";
import { loadChunk } from "../../utils/lazy.ts";
import type { ReadyConsultNote, TranscriptState } from "./operations.ts";
import { Poller } from "./poller.ts";
import type { PollEnvironment, PollOptions } from "./types.ts";

/** Options of {@link TranscriptionPollers.waitForTranscript}. */
export interface TranscriptPollOptions extends PollOptions<TranscriptState> {
  /** Accept the available text when a chunk of the recording could not be transcribed. Default false: that is an error. */
  readonly acceptPartial?: boolean | undefined;
}

/** Methods that wait for a transcript. */
export interface TranscriptionPollers {
  /**
   * Waits until the whole recording is transcribed. The first poll starts the work on the server, and one answer can take
   * minutes. The default deadline is 30 minutes.
   *
   * The API reports no status for a transcript. Where the live transcript has chunks, their statuses decide:
   * - While a chunk is neither READY nor FAILED, the wait continues, even when there is some text.
   * - When all chunks are READY, the text is complete. If none of them has text, the transcript is empty: there was no
   *   speech.
   * - When all chunks are done and one FAILED, that is an error, unless `acceptPartial` is set.
   *
   * Without chunks, any text counts as complete, and an empty transcript as "not yet": the wait ends at the deadline.
   *
   * @throws HeidiPollError `failed` (its `lastState` has the text of the other chunks) or `deadline`; HeidiAbortError;
   * HeidiArgumentError for an invalid option; otherwise the error of the API.
   *
   * @example
   * const { transcript } = await clinician.transcription.waitForTranscript(session_id, {
   *   timeoutMs: 10 * 60_000,
   *   onPoll: ({ phase, elapsedMs }) => spinner.text(`${phase} for ${Math.round(elapsedMs / 1000)} s`),
   * });
   */
  waitForTranscript(session_id: string, options?: TranscriptPollOptions): Poller<Transcript, TranscriptState>;
}

/** Methods that wait for context documents. */
export interface SessionContextPollers {
  /**
   * Waits until an uploaded document is parsed: from PARSING to READY. The default deadline is 5 minutes.
   *
   * @param document_id - The document's id, as returned by the upload.
   * @throws HeidiPollError `failed`, `deadline`, or `missing` when the session has no such document; HeidiAbortError;
   * HeidiArgumentError for an invalid option; otherwise the error of the API.
   *
   * @example
   * const { id = "" } = await clinician.sessionContext.uploadDocument(session_id, { file });
   * const document = await clinician.sessionContext.waitForDocument(session_id, id);
   */
  waitForDocument(
    session_id: string,
    document_id: string,
    options?: PollOptions<ListContextDocumentsResponse>,
  ): Poller<ContextDocument, ListContextDocumentsResponse>;
}

/** Methods that wait for clinical codes. */
export interface ClinicalCodingPollers {
  /**
   * Starts the generation of codes and waits for them: from PROCESSING to READY. The default deadline is 10 minutes. The
   * wait continues on an unknown status; codes without any status count as ready.
   *
   * @param query - `coding_system`; a deployment with the documented request format responds without it.
   * @throws HeidiPollError `failed` or `deadline`; HeidiAbortError; HeidiArgumentError for an invalid option; otherwise
   * the error of the API.
   *
   * @example
   * const { entities = [] } = await clinician.clinicalCoding.waitForCodes(session_id, { coding_system: "SNOMED-CT" });
   */
  waitForCodes(
    session_id: string,
    query?: GetSessionClinicalCodesQuery,
    options?: PollOptions<ClinicalCodesResponse>,
  ): Poller<ClinicalCodesResponse, ClinicalCodesResponse>;
}

/** Methods that wait for consult notes. */
export interface ConsultNotesPollers {
  /**
   * Waits until the session's consult note has text. It never starts a generation. The default deadline is 15 minutes.
   *
   * @throws HeidiPollError `failed` or `deadline`; HeidiAbortError; HeidiArgumentError for an invalid option; otherwise
   * the error of the API.
   *
   * @example
   * const { result } = await clinician.consultNotes.waitForNote(session_id, { intervalMs: 30_000 });
   */
  waitForNote(session_id: string, options?: PollOptions<Session>): Poller<ReadyConsultNote, Session>;
}

/** Loads the poll operations with the first poll. */
const operations = (): Promise<typeof import("./operations.ts")> => loadChunk(import("./operations.ts"));

/** Binds the pollers to the API methods that they call. */
export function createPollers(
  api: UserApi,
  environment: PollEnvironment,
): TranscriptionPollers & SessionContextPollers & ClinicalCodingPollers & ConsultNotesPollers {
  return {
    waitForTranscript: (session_id, options) => {
      const acceptPartial = options?.acceptPartial === true;
      return new Poller(
        { name: "transcript", key: [session_id] },
        async () => (await operations()).transcript(api.transcription, session_id, { acceptPartial }),
        options,
        environment,
      );
    },
    waitForDocument: (session_id, document_id, options) =>
      new Poller(
        { name: "document", key: [session_id, document_id] },
        async () => (await operations()).contextDocument(api.sessionContext, session_id, document_id),
        options,
        environment,
      ),
    waitForCodes: (session_id, query, options) =>
      new Poller(
        { name: "clinical codes", key: [session_id, query?.coding_system] },
        async () => (await operations()).clinicalCodes(api.clinicalCoding, session_id, query),
        options,
        environment,
      ),
    waitForNote: (session_id, options) =>
      new Poller(
        { name: "consult note", key: [session_id] },
        async () => (await operations()).consultNote(api.sessions, session_id),
        options,
        environment,
      ),
  };
}
