import type { HeidiUser } from "../../index.ts";
import { getList, isText } from "../../utils/values.ts";
import { CommandError } from "../command.ts";
import { CODING_SYSTEMS } from "../consult-flags.ts";
import { findSessionText, noteTextOf, SESSION_TEXTS } from "../session-text.ts";
import { pickFields } from "./fields.ts";
import { defineTool, type FieldSchema, type Fields, READS, type Tool } from "./tool.ts";

const text = { type: "string" } as const;
const listOf = (properties: Fields): FieldSchema => ({
  type: "array",
  items: { type: "object", properties },
});

/** The id of a session, in the input of a tool. */
export const sessionId = {
  type: "string",
  minLength: 1,
  maxLength: 200,
  description:
    "The session's id: a string of many digits, from list_sessions. Pass it unchanged, as a string.",
} as const;

const waitSeconds = {
  type: "integer",
  minimum: 0,
  maximum: 1800,
  description:
    "The longest time to wait until it is ready, in seconds. Default 0: returns what is there now. Many clients end a call after 60 seconds.",
} as const;

const templateFields = { id: text, name: text, template_category: text } as const;

const listTemplates = defineTool({
  name: "list_templates",
  title: "List templates",
  description: "Returns the clinician's templates of consult notes and of documents: id, name and category.",
  effect: READS,
  progress: "listing the templates",
  input: {},
  required: [],
  output: { templates: listOf(templateFields) },
  always: ["templates"],
  run: async (_, { clinician, signal }) => {
    const answer = await clinician.templates.list({ signal });
    const templates = (getList(answer, "data") ?? []).map((one) => pickFields(one, templateFields));
    return { data: { templates } };
  },
});

const patientFields = {
  name: text,
  first_name: text,
  last_name: text,
  gender: text,
  dob: text,
  date_of_birth: text,
} as const;

const summaryFields = {
  session_id: text,
  session_name: text,
  created_at: text,
  updated_at: text,
  ehr_appt_id: text,
  ehr_patient_id: text,
  patient: { type: "object", properties: patientFields },
} as const;

const DEFAULT_LIMIT = 20;
const MAX_PAGE_SIZE = 200;

const listSessions = defineTool({
  name: "list_sessions",
  title: "List sessions",
  description:
    "Returns the sessions (consultations) of the Heidi account that the clinician is linked to: id, name, times and patient. Not their transcripts or notes.",
  effect: READS,
  progress: "listing the sessions",
  input: {
    limit: { type: "integer", minimum: 1, maximum: 100, description: `Default ${DEFAULT_LIMIT}.` },
    skip: {
      type: "integer",
      minimum: 0,
      maximum: 10_000,
      description: "The number of sessions to leave out first, to read the next ones. Default 0.",
    },
  },
  required: [],
  output: { sessions: listOf(summaryFields), has_more: { type: "boolean" } },
  always: ["sessions", "has_more"],
  run: async ({ limit = DEFAULT_LIMIT, skip = 0 }, { clinician, signal }) => {
    const end = skip + limit;
    const page_size = Math.min(end + 1, MAX_PAGE_SIZE);
    const sessions: Record<string, unknown>[] = [];
    let read = 0;
    for await (const session of clinician.sessions.iterateLinkedUser({ page_size }, { signal })) {
      if (read === end) return { data: { sessions, has_more: true } };
      if (read >= skip) sessions.push(pickFields(session, summaryFields));
      read += 1;
    }
    return { data: { sessions, has_more: false } };
  },
});

const sessionFields = {
  ...summaryFields,
  duration: { type: "number" },
  language_code: text,
  output_language_code: text,
  clinician_notes: { type: "array", items: text },
  linked_sessions_for_context: { type: "array", items: text },
} as const;

const getSession = defineTool({
  name: "get_session",
  title: "Get a session",
  description:
    "Returns a session with its patient and the clinician's own notes, and whether it has a consult note and documents. Its texts have tools of their own: get_transcript, get_note, list_documents.",
  effect: READS,
  progress: "reading the session",
  input: { session_id: sessionId },
  required: ["session_id"],
  output: { ...sessionFields, has_note: { type: "boolean" }, document_count: { type: "integer" } },
  always: ["has_note", "document_count"],
  run: async ({ session_id }, { clinician, signal }) => {
    const session = await clinician.sessions.get(session_id, { signal });
    const document_count = (getList(session, "documents") ?? []).length;
    const has_note = noteTextOf(session) !== undefined;
    return { data: { ...pickFields(session, sessionFields), has_note, document_count } };
  },
});

/** A poller gives a missing session some time to appear; this call reports a wrong id at once. */
const checkSession = async (
  clinician: HeidiUser,
  session_id: string,
  signal: AbortSignal,
): Promise<unknown> => clinician.sessions.get(session_id, { signal });

const transcriptFields = { session_id: text, transcript: text, language_code: text } as const;

const getTranscript = defineTool({
  name: "get_transcript",
  title: "Get the transcript",
  description:
    "Returns the transcript of a session. Heidi transcribes a new recording when its transcript is first requested, which can take minutes.",
  effect: READS,
  progress: "waiting for the transcript",
  input: { session_id: sessionId, wait_seconds: waitSeconds },
  required: ["session_id"],
  output: transcriptFields,
  always: ["session_id", "transcript"],
  run: async ({ session_id, wait_seconds = 0 }, { clinician, signal }) => {
    const { transcription } = clinician;
    if (wait_seconds > 0) await checkSession(clinician, session_id, signal);
    const answer =
      wait_seconds > 0
        ? await transcription.waitForTranscript(session_id, { timeoutMs: wait_seconds * 1000, signal })
        : await transcription.get(session_id, { signal });
    const data = { transcript: "", ...pickFields(answer, transcriptFields), session_id };
    const none = "The session has no transcript yet, or its recording has no speech.";
    return { data, text: isText(data.transcript) ? data.transcript : none };
  },
});

const noteFields = { status: text, heading: text, template_id: text, content_type: text } as const;

const getNote = defineTool({
  name: "get_note",
  title: "Get the consult note",
  description: "Returns the consult note of a session. It never starts the generation of a note.",
  effect: READS,
  progress: "waiting for the note",
  input: { session_id: sessionId, wait_seconds: waitSeconds },
  required: ["session_id"],
  output: { session_id: text, note: text, ...noteFields },
  always: ["session_id", "note"],
  run: async ({ session_id, wait_seconds = 0 }, { clinician, signal }) => {
    let session = await clinician.sessions.get(session_id, { signal });
    if (noteTextOf(session) === undefined && wait_seconds > 0) {
      const timeoutMs = wait_seconds * 1000;
      session = { consult_note: await clinician.consultNotes.waitForNote(session_id, { timeoutMs, signal }) };
    }
    const note = noteTextOf(session);
    const data = { session_id, note: note ?? "", ...pickFields(session.consult_note, noteFields) };
    return { data, text: note ?? "The session has no consult note yet." };
  },
});

/** The fields of a document in results. */
export const documentFields: Fields = {
  id: text,
  name: text,
  template_id: text,
  content_type: text,
  content: text,
};

const listDocuments = defineTool({
  name: "list_documents",
  title: "List documents",
  description: "Returns the documents of a session, such as referral letters, with their text.",
  effect: READS,
  progress: "reading the documents",
  input: { session_id: sessionId },
  required: ["session_id"],
  output: { session_id: text, documents: listOf(documentFields) },
  always: ["session_id", "documents"],
  run: async ({ session_id }, { clinician, signal }) => {
    const answer = await clinician.documents.list(session_id, { signal });
    const documents = (getList(answer, "data") ?? []).map((one) => pickFields(one, documentFields));
    return { data: { session_id, documents } };
  },
});

const codeFields = { code: text, description: text, coding_system: text } as const;
const codesFields = {
  status: text,
  entities: listOf({
    entity: text,
    primary_code: { type: "object", properties: codeFields },
    similar_codes: listOf(codeFields),
  }),
} as const;

const getClinicalCodes = defineTool({
  name: "get_clinical_codes",
  title: "Get clinical codes",
  description:
    "Returns the clinical codes of a session in a coding system. Heidi generates them on request: while the status is PROCESSING they are not complete.",
  effect: READS,
  progress: "waiting for the codes",
  input: {
    session_id: sessionId,
    coding_system: { type: "string", enum: CODING_SYSTEMS },
    wait_seconds: waitSeconds,
  },
  required: ["session_id", "coding_system"],
  output: { session_id: text, ...codesFields },
  always: ["session_id", "entities"],
  run: async ({ session_id, coding_system, wait_seconds = 0 }, { clinician, signal }) => {
    const { clinicalCoding } = clinician;
    const query = { coding_system };
    if (wait_seconds > 0) await checkSession(clinician, session_id, signal);
    const answer =
      wait_seconds > 0
        ? await clinicalCoding.waitForCodes(session_id, query, { timeoutMs: wait_seconds * 1000, signal })
        : await clinicalCoding.getCodes(session_id, query, { signal });
    return { data: { session_id, entities: [], ...pickFields(answer, codesFields) } };
  },
});

const askHeidi = defineTool({
  name: "ask_heidi",
  title: "Ask Heidi about a session",
  description:
    "Asks Heidi's own assistant a question about a session's note or transcript, and returns its answer. It changes nothing, and Heidi does not store the answer in the session.",
  effect: { ...READS, idempotentHint: false },
  progress: "Heidi is answering",
  input: {
    session_id: sessionId,
    question: { type: "string", minLength: 1, maxLength: 10_000 },
    about: {
      type: "string",
      enum: SESSION_TEXTS,
      description:
        "The text that the question is about. Default: the note, or the transcript without a note.",
    },
  },
  required: ["session_id", "question"],
  output: { session_id: text, about: text, answer: text },
  always: ["session_id", "about", "answer"],
  run: async ({ session_id, question, about }, { clinician, signal }) => {
    const found = await findSessionText(clinician, session_id, about, signal);
    if (found === undefined)
      throw new CommandError(`The session has no ${about ?? "note or transcript"} yet.`);
    const body = { ai_command_text: question, content: found.content, content_type: "MARKDOWN" } as const;
    const answer = await clinician.askHeidi.ask(session_id, body, { signal }).text();
    return { data: { session_id, about: found.about, answer }, text: answer };
  },
});

/** The tools that change nothing at Heidi. */
export const readTools: readonly Tool[] = [
  listTemplates,
  listSessions,
  getSession,
  getTranscript,
  getNote,
  listDocuments,
  getClinicalCodes,
  askHeidi,
];
