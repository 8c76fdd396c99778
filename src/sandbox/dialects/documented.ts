import { encodeText } from "../../utils/utf8.ts";
import type { Digest } from "../digest.ts";
import { type Handler, type HandlerContext, type Handlers, json, sessionOfCall } from "../handler-context.ts";
import { HttpError, httpError } from "../http-error.ts";
import { derivedId } from "../ids.ts";
import { jsonResponse } from "../message.ts";
import { specOperations } from "../spec.ts";
import type { SessionRecord } from "../state.ts";
import { bytesResponse, type DialectAdapter } from "./dialect.ts";
import { documentedForm, readForm } from "./forms.ts";

/** A JSON object of a response. */
type Fields = Readonly<Record<string, unknown>>;

const created = new Set(["createSession", "createPatientProfile"]);

/** The envelopes, renames and other spellings, by operationId. */
const shapes: Readonly<Record<string, (answer: Fields) => unknown>> = {
  listTemplates: ({ data }) => ({ templates: data }),
  createPatientProfile: (profile) => ({ data: named(profile) }),
  listPatientProfiles: ({ data, ...rest }) => ({ ...rest, data: listOf(data).map(named) }),
  getPatientProfile: (profile) => ({ data: named(profile) }),
  updatePatientProfile: (profile) => ({ data: named(profile) }),
  listContextDocuments: ({ data }) => ({ context_documents: data }),
  getSession: (session) => ({ session: zoneless(session) }),
  updateSession: (session) => ({ session: zoneless(session) }),
  listLinkedUserSessions: ({ data, count, has_next }) => ({
    sessions: listOf(data).map(zoneless),
    count,
    has_next_page: has_next,
  }),
  uploadSessionAudio: (audio) => ({ uploaded_audio: zoneless(audio) }),
  listSessionDocuments: ({ data }) => ({ documents: data }),
  getSessionClinicalCodes: ({ entities, ...rest }) => ({
    ...rest,
    clinical_entities: listOf(entities).map(coded),
  }),
  getLinkedAccount: (access) => ({ ...access, account: accountOf(access["account"]) }),
  linkAccount: ({ account }) => ({ account: accountOf(account) }),
};

/**
 * The deployment of the public documentation and integrations: streams as server-sent events, envelopes around responses,
 * timestamps without a zone, 201 for a created object, and rules that are not in the spec.
 */
export const documentedDialect: DialectAdapter = {
  name: "documented",
  operations: specOperations.map(documentedForm),
  read: (operation, inputs) => readForm(operation, inputs, true),
  handlers: (shared) => ({
    ...shared,
    ...wrap(shared, "generateCustomTemplateConsultNote", afterNote),
    ...wrap(shared, "uploadSessionAudio", onlyAudio),
    ...wrap(shared, "transcribeSegment", onlyAudio),
    ...adding(shared),
  }),
  render: (operation, answer) => {
    const { id } = operation.row;
    const status = created.has(id) ? 201 : operation.successStatus;
    switch (answer.kind) {
      case "json":
        return jsonResponse(status, shapes[id]?.(fieldsOf(answer.value)) ?? answer.value);
      case "empty":
        return { status, headers: {}, body: undefined };
      case "bytes":
        return bytesResponse(operation, answer.bytes);
      case "text":
        return { status, headers: { "content-type": "text/event-stream" }, body: events(answer.pieces) };
    }
  },
};

function wrap(
  shared: Handlers,
  id: string,
  before: (call: HandlerContext, next: Handler) => ReturnType<Handler>,
): Handlers {
  const next = shared[id];
  return next === undefined ? {} : { [id]: (call) => before(call, next) };
}

/** The fields of responses that only the public pages have. */
function adding(shared: Handlers): Handlers {
  const add = (id: string, change: (answer: Fields, call: HandlerContext) => Fields): Handlers =>
    wrap(shared, id, async (call, next) => {
      const answer = await next(call);
      return answer.kind === "json" ? json(change(fieldsOf(answer.value), call)) : answer;
    });
  const withSession = ({ session_id, patient, documents, ...session }: Fields): Fields => ({
    ...session,
    session_id,
    // A patient that a client set is returned unchanged.
    ...(patient === undefined
      ? {}
      : { patient: "id" in fieldsOf(patient) ? named(fieldsOf(patient)) : patient }),
    documents: listOf(documents).map((document) => ({ ...document, session_id })),
  });
  return {
    ...add("listPatientProfiles", ({ data }, { query }) => paged(listOf(data), query)),
    ...add("getSession", withSession),
    ...add("updateSession", withSession),
    ...add("listLinkedUserSessions", ({ data, ...page }) => ({
      ...page,
      data: listOf(data).map(withSession),
    })),
    ...add("generateDocument", (document, { path }) => ({
      ...document,
      session_id: path.get("session_id"),
    })),
    ...add("listSessionDocuments", ({ data }, { path }) => ({
      data: listOf(data).map((document) => ({ ...document, session_id: path.get("session_id") })),
    })),
    ...add("getSessionClinicalCodes", codesOf),
  };
}

function paged(profiles: readonly Fields[], query: HandlerContext["query"]): Fields {
  const page = Number(query.get("page") ?? 1);
  const size = Number(query.get("page_size") ?? Math.max(1, profiles.length));
  return {
    data: profiles.slice((page - 1) * size, page * size),
    total_pages: Math.max(1, Math.ceil(profiles.length / size)),
  };
}

/** Replaces the coding system, which each code has itself, by the ids of session and note. */
function codesOf({ coding_system, entities, ...answer }: Fields, call: HandlerContext): Fields {
  const { context } = call;
  const session = sessionOfCall(call);
  const { session_id } = session;
  return {
    id: derivedId(context.createDigest(), "codes", session_id, String(coding_system)),
    session_id,
    consult_note_id: noteId(context.createDigest, session),
    ...answer,
    entities: listOf(entities).map(({ entity: _, ...coded }) => coded),
  };
}

function noteId(createDigest: () => Digest, { session_id, consult_note }: SessionRecord): string | null {
  if (consult_note === undefined) return null;
  return derivedId(createDigest(), "note", session_id, consult_note.generated_at);
}

/** Requires a note, which a custom template is filled from. */
function afterNote(call: HandlerContext, next: Handler): ReturnType<Handler> {
  const id = call.path.get("session_id");
  const users = call.context.state.users;
  const session = users.flatMap(({ sessions }) => sessions).find(({ session_id }) => session_id === id);
  if (session !== undefined && session.consult_note === undefined)
    throw httpError(400, "ConsultNoteNotFoundError", "Generate a consult note of the session first");
  return next(call);
}

/** The rejection in the format of the public pages: a text instead of an object. */
function onlyAudio(call: HandlerContext, next: Handler): ReturnType<Handler> {
  const file = call.files.get("file");
  if (file !== undefined && !/^audio\//i.test(file.contentType))
    throw new HttpError(400, "only audio file is allowed");
  if (file?.sizeBytes === 0) throw new HttpError(400, "error: failed to upload audio");
  return next(call);
}

function named({ date_of_birth, provider, ...profile }: Fields): Fields {
  return {
    ...profile,
    ...(date_of_birth === undefined ? {} : { birth_date: date_of_birth }),
    ...(provider === undefined ? {} : { ehr_provider: provider }),
  };
}

function coded({ references, ...entity }: Fields): Fields {
  const place = (source: string): Fields | undefined =>
    listOf(references).find((reference) => reference["source"] === source);
  return {
    ...entity,
    primary_code: codeOf(fieldsOf(entity["primary_code"]), 0.95),
    similar_codes: listOf(entity["similar_codes"]).map((code) => codeOf(code, 0.8)),
    location_in_note: place("CONSULT_NOTE") ?? null,
    reference_in_transcript: place("TRANSCRIPT") ?? null,
  };
}

function codeOf({ code, description, coding_system, ...metadata }: Fields, score: number): Fields {
  return { code, code_name: description, code_system: coding_system, score, metadata };
}

function accountOf(account: unknown): unknown {
  return account === null || account === undefined ? null : zoneless(fieldsOf(account));
}

const TIMES = ["created_at", "updated_at"];

/** A time in UTC without a zone, in microseconds, as Python prints a naive time. */
function zoneless(fields: Fields): Fields {
  const times = TIMES.filter((name) => typeof fields[name] === "string").map((name) => [
    name,
    String(fields[name]).replace(/Z$/, "000"),
  ]);
  return { ...fields, ...Object.fromEntries(times) };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

async function* events(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const data of pieces) yield encodeText(`data: ${JSON.stringify({ data })}\n\n`);
}
