import { type SandboxContext, timestamp } from "../context.ts";
import {
  findProfile,
  type HandlerContext,
  type Handlers,
  json,
  sessionOfCall,
  userOfCall,
} from "../handler-context.ts";
import { unprocessable } from "../http-error.ts";
import { propertiesOf } from "../schema.ts";
import { components } from "../spec.ts";
import { type AudioRecord, newSession, type SessionRecord } from "../state.ts";
import { isTranscribed } from "../transcription.ts";

const PAGE_SIZE = 50;

/** Sessions. */
export const sessionHandlers: Handlers = {
  createSession: (call) => {
    const { context, body } = call;
    const profileId = body.get("patient_profile_id");
    const profile = profileId === undefined ? undefined : findProfile(call, profileId);
    const session = newSession(context.ids.decimal(), timestamp(context));
    session.patient_profile_id = profile?.id;
    if (body.has("ehr_appointment_id")) session.fields["ehr_appointment_id"] = body.get("ehr_appointment_id");
    if (profile !== undefined) session.fields["patient"] = { ...profile };
    userOfCall(call).sessions.push(session);
    return json({ session_id: session.session_id });
  },
  getSession: (call) => json(view(call.context, sessionOfCall(call))),
  updateSession: (call) => {
    const session = sessionOfCall(call);
    const known = Object.keys(propertiesOf({ $ref: "SessionUpdate" }, components));
    for (const name of known) if (call.body.has(name)) session.fields[name] = call.body.get(name);
    session.updated_at = timestamp(call.context);
    return json(view(call.context, session));
  },
  listLinkedUserSessions: (call) => {
    const newestFirst = userOfCall(call).sessions.toReversed();
    const size = Number(call.query.get("page_size") ?? PAGE_SIZE);
    const page = pageOf(call);
    const data = newestFirst
      .slice((page - 1) * size, page * size)
      .map((session) => view(call.context, session));
    return json({
      count: data.length,
      total_count: newestFirst.length,
      has_next: page * size < newestFirst.length,
      has_previous: page > 1,
      data,
    });
  },
};

// The spec mentions further pages but not how to request them; `page` counts from 1.
function pageOf(call: HandlerContext): number {
  const page = Number(call.query.get("page") ?? 1);
  if (Number.isInteger(page) && page >= 1) return page;
  throw unprocessable([
    { loc: ["query", "page"], msg: "Input should be an integer of at least 1", type: "greater_than_equal" },
  ]);
}

/** A session in the format of the spec. */
function view(context: SandboxContext, session: SessionRecord): Record<string, unknown> {
  const { session_id, created_at, updated_at, fields, consult_note, documents, audio } = session;
  const known = Object.keys(propertiesOf({ $ref: "Session" }, components));
  const shown = known.filter((name) => Object.hasOwn(fields, name));
  return {
    session_id,
    ...Object.fromEntries(shown.map((name) => [name, fields[name]])),
    // Accepted under one name and returned under another.
    ...("ehr_appointment_id" in fields ? { ehr_appt_id: fields["ehr_appointment_id"] } : {}),
    ...(consult_note === undefined ? {} : { consult_note }),
    documents,
    ...(audio.length === 0 ? {} : { audio: { uploaded_audio: audio.map((one) => audioView(context, one)) } }),
    created_at,
    updated_at,
  };
}

function audioView(context: SandboxContext, audio: AudioRecord): Record<string, unknown> {
  const { id, index, filename, content_type, size_bytes, uploaded_at } = audio;
  const status = isTranscribed(context, audio) ? "TRANSCRIBED" : "UPLOADED";
  return { id, index, filename, content_type, size_bytes, uploaded_at, status };
}
