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
import { Poller, type PollOptions } from "./poller.ts";
import type { PollEnvironment, PollOperation } from "./types.ts";

const MINUTE_MS = 60_000;
const QUICK_MS = MINUTE_MS;
/** The server works while it is asked: a look can take as long as the work. */
const SLOW_MS = 10 * MINUTE_MS;

/** Options of {@link TranscriptionPollers.waitForTranscript}. */
export interface TranscriptPollOptions extends PollOptions<TranscriptState> {
  /** Take the text there is when a piece of the recording could not be transcribed. Default false: that is an error. */
  readonly acceptPartial?: boolean | undefined;
}

/** Waiting for a transcript. */
export interface TranscriptionPollers {
  /**
   * Waits until the whole recording is transcribed. Asking is what makes the server begin, and one answer can take
   * minutes; deadline 30 minutes by default.
   *
   * The API tells no status of a transcript, so this is the rule. The pieces of the live transcript decide, where there
   * are any: while one is neither READY nor FAILED, the wait goes on, also when there is some text already; when all are
   * READY, the text is complete, and when none of them has a word, nothing was said and the transcript is empty; when
   * one FAILED and none is open, that is an error, unless `acceptPartial`. Without pieces, any text is taken for
   * complete, and an empty transcript for "not yet": it ends at the deadline.
   *
   * @throws HeidiPollError `failed` (its `lastState` has the text of the other pieces) or `deadline`; HeidiAbortError;
   * HeidiArgumentError for an option that cannot be used; else what the API refused with.
   *
   * @example
   * const { transcript } = await clinician.transcription.waitForTranscript(session_id, {
   *   timeoutMs: 10 * 60_000,
   *   onPoll: ({ phase, elapsedMs }) => spinner.text(`${phase} for ${Math.round(elapsedMs / 1000)} s`),
   * });
   */
  waitForTranscript(session_id: string, options?: TranscriptPollOptions): Poller<Transcript, TranscriptState>;
}

/** Waiting for context documents. */
export interface SessionContextPollers {
  /**
   * Waits until an uploaded document is parsed: from PARSING to READY. Deadline 5 minutes by default.
   *
   * @param document_id - The document's id, as uploading it returned it.
   * @throws HeidiPollError `failed`, `deadline`, or `missing` when the session has no such document; HeidiAbortError;
   * HeidiArgumentError for an option that cannot be used; else what the API refused with.
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

/** Waiting for clinical codes. */
export interface ClinicalCodingPollers {
  /**
   * Has codes generated and waits for them: from PROCESSING to READY. Deadline 10 minutes by default. An unknown status
   * is waited out; codes without any status are taken for ready.
   *
   * @param query - `coding_system`; a deployment of the documented form answers without it.
   * @throws HeidiPollError `failed` or `deadline`; HeidiAbortError; HeidiArgumentError for an option that cannot be
   * used; else what the API refused with.
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

/** Waiting for consult notes. */
export interface ConsultNotesPollers {
  /**
   * Waits until the session's consult note has text, whoever had it generated: this never starts a generation. Deadline
   * 15 minutes by default.
   *
   * @throws HeidiPollError `failed` or `deadline`; HeidiAbortError; HeidiArgumentError for an option that cannot be
   * used; else what the API refused with.
   *
   * @example
   * const { result } = await clinician.consultNotes.waitForNote(session_id, { intervalMs: 30_000 });
   */
  waitForNote(session_id: string, options?: PollOptions<Session>): Poller<ReadyConsultNote, Session>;
}

/** What is looked at, and what it means, is loaded with the first wait. */
const polls = (): Promise<typeof import("./operations.ts")> => loadChunk(import("./operations.ts"));

/** Binds the waits to the methods that they ask with. */
export function createPollers(
  api: UserApi,
  environment: PollEnvironment,
): TranscriptionPollers & SessionContextPollers & ClinicalCodingPollers & ConsultNotesPollers {
  return {
    waitForTranscript: (session_id, options) => {
      const acceptPartial = options?.acceptPartial === true;
      const subject: PollOperation<Transcript, TranscriptState> = {
        name: "transcript",
        operation: "getSessionTranscript",
        key: [session_id],
        timeoutMs: 30 * MINUTE_MS,
        pollTimeoutMs: SLOW_MS,
        onDeadline: "It may still come, or nothing was said: check that audio was uploaded, or wait again.",
        poll: async (request) =>
          (await polls()).pollTranscript(api.transcription, session_id, request, { acceptPartial }),
      };
      return new Poller(subject, options, environment);
    },
    waitForDocument: (session_id, document_id, options) => {
      const subject: PollOperation<ContextDocument, ListContextDocumentsResponse> = {
        name: "document",
        operation: "listContextDocuments",
        key: [session_id, document_id],
        timeoutMs: 5 * MINUTE_MS,
        pollTimeoutMs: QUICK_MS,
        onDeadline: "It may still be parsed: wait again.",
        poll: async (request) =>
          (await polls()).pollDocument(api.sessionContext, session_id, document_id, request),
      };
      return new Poller(subject, options, environment);
    },
    waitForCodes: (session_id, query, options) => {
      const subject: PollOperation<ClinicalCodesResponse, ClinicalCodesResponse> = {
        name: "clinical codes",
        operation: "getSessionClinicalCodes",
        key: [session_id, query?.coding_system],
        timeoutMs: 10 * MINUTE_MS,
        pollTimeoutMs: SLOW_MS,
        onDeadline: "They may still come: wait again.",
        poll: async (request) => (await polls()).pollCodes(api.clinicalCoding, session_id, query, request),
      };
      return new Poller(subject, options, environment);
    },
    waitForNote: (session_id, options) => {
      const subject: PollOperation<ReadyConsultNote, Session> = {
        name: "consult note",
        operation: "getSession",
        key: [session_id],
        timeoutMs: 15 * MINUTE_MS,
        pollTimeoutMs: QUICK_MS,
        onDeadline: "Check that one is being generated, or wait again.",
        poll: async (request) => (await polls()).pollNote(api.sessions, session_id, request),
      };
      return new Poller(subject, options, environment);
    },
  };
}
