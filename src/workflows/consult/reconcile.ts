import type { Document, Session } from "../../../generated/types.ts";
import { HeidiApiError } from "../../api-errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { getList, getProperty, isText } from "../../utils/values.ts";
import { findProfile } from "../patient-profiles.ts";
import type { ConsultApi } from "../types.ts";
import type { ConsultInput } from "./input.ts";
import type { Confirmation, LookupResult } from "./run-step.ts";

/** The maximum number of sessions to search. */
const MAX_SESSIONS = 1_000;
/** A list of exactly this length may be only the first page. */
const PAGE_SIZE = 200;

const ABSENT: LookupResult = { kind: "absent" };
const found = (id: unknown): LookupResult => ({ kind: "found", id: isText(id) ? id : undefined });
const unclear = (reason: string): LookupResult & Confirmation => ({ kind: "unclear", reason });

/** Finds the profile by the EHR's id. */
export async function findPatient(
  api: ConsultApi,
  { patient }: ConsultInput,
  request: RequestOptions,
): Promise<LookupResult> {
  if (patient === undefined || "id" in patient) return ABSENT;
  const profile = await findProfile(api.patientProfiles, patient, request);
  return profile === undefined ? ABSENT : found(profile.id);
}

/** Finds the only session of the appointment, if it is unused. */
export async function findSession(
  api: ConsultApi,
  { session }: ConsultInput,
  request: RequestOptions,
): Promise<LookupResult> {
  const wanted = session?.ehr_appointment_id;
  const matches: Session[] = [];
  let seen = 0;
  let shown = false;
  for await (const one of api.sessions.iterateLinkedUser(undefined, request)) {
    if (++seen > MAX_SESSIONS) break;
    const appointment = getProperty(one, "ehr_appt_id") ?? getProperty(one, "ehr_appointment_id");
    shown ||= isText(appointment);
    if (isText(wanted) && appointment === wanted) matches.push(one);
  }
  if (seen === 0) return ABSENT;
  if (!isText(wanted))
    return unclear("a session without `ehr_appointment_id` cannot be distinguished from others");
  const [only] = matches;
  if (only !== undefined) {
    if (matches.length > 1) return unclear("the appointment has more than one session");
    return isUnused(only) ? found(only.session_id) : unclear("the appointment's session is already in use");
  }
  if (!shown) return unclear("this deployment does not show the appointments of sessions");
  return seen > MAX_SESSIONS || seen === PAGE_SIZE
    ? unclear("there are too many sessions to search")
    : ABSENT;
}

const isUnused = (session: Session): boolean =>
  !isText(getProperty(session.consult_note, "result")) && (audioIn(session) ?? []).length === 0;

/** Finds the new context document with that file name. */
export async function findContext(
  api: ConsultApi,
  session_id: string,
  name: string | undefined,
  before: readonly unknown[],
  request: RequestOptions,
): Promise<LookupResult> {
  const listed = getList(await api.sessionContext.listDocuments(session_id, request), "data") ?? [];
  const added = listed.filter((one) => !before.includes(getProperty(one, "id")));
  if (added.length === 0) return ABSENT;
  const named = name === undefined ? added : added.filter((one) => getProperty(one, "filename") === name);
  return named.length === 1
    ? found(getProperty(named[0], "id"))
    : unclear("the session has new context documents, and none of them can be identified as this one");
}

/** Returns the ids of a session's recordings; undefined where the deployment does not show recordings. */
export function audioIn(session: Session): string[] | undefined {
  const listed = getList(session, "audio") ?? getList(getProperty(session, "audio"), "uploaded_audio");
  return listed?.map((one, index) => String(getProperty(one, "id") ?? index));
}

/** Finds a new recording. In a session that this consult created, a transcript also proves that the recording arrived. */
export async function findAudio(
  api: ConsultApi,
  session_id: string,
  { before, own }: { readonly before: readonly string[]; readonly own: boolean },
  request: RequestOptions,
): Promise<LookupResult> {
  const listed = audioIn(await api.sessions.get(session_id, request));
  if (listed !== undefined) {
    const added = listed.filter((id) => !before.includes(id));
    return added.length > 0 ? found(added.at(-1)) : ABSENT;
  }
  if (own && (await hasTranscript(api, session_id, request))) return found(undefined);
  return unclear("the session does not show whether the recording was uploaded");
}

async function hasTranscript(api: ConsultApi, session_id: string, request: RequestOptions): Promise<boolean> {
  try {
    return isText(getProperty(await api.transcription.get(session_id, request), "transcript"));
  } catch (error) {
    if (error instanceof HeidiApiError && error.outcome === "rejected" && error.status !== 401) return false;
    throw error;
  }
}

/** Returns the text of the session's note; undefined when there is none. */
export async function noteOf(
  api: ConsultApi,
  session_id: string,
  request: RequestOptions,
): Promise<string | undefined> {
  const text = getProperty(
    getProperty(await api.sessions.get(session_id, request), "consult_note"),
    "result",
  );
  return isText(text) ? text : undefined;
}

/** The number of letters at the end of a note that are compared. */
const END_LENGTH = 40;

/**
 * Compares the streamed text with the note in the session. A proxy can end a truncated stream without an error; the
 * session's note is JSON, where truncation is always noticed.
 *
 * Only letters and digits count: a server may store different white space, markup or punctuation than it streams. The note
 * is the same when these are equal, or when the session's note is not longer and ends the same. `previous` is the session's
 * previous note, which the server may still show.
 */
export function compareNotes(
  streamed: string,
  kept: string | undefined,
  previous: string | undefined,
): Confirmation {
  if (kept === undefined) return unclear("the note was streamed, but the session shows no note");
  const [received, shown] = [lettersOf(streamed), lettersOf(kept)];
  if (received === shown) return { kind: "confirmed" };
  if (kept === previous)
    return unclear("the note was streamed, but the session still shows the previous note");
  if (shown.length > received.length)
    return unclear("the session's note is longer than the streamed text: the stream was truncated");
  return shown.length >= END_LENGTH && received.endsWith(shown.slice(-END_LENGTH))
    ? { kind: "confirmed" }
    : unclear("the session's note differs from the streamed text: it ends differently");
}

/** Returns the text without markup, white space, punctuation and case; the whole text when nothing would remain. */
function lettersOf(text: string): string {
  const plain = text.replace(/<[^<>]*>|&[a-z0-9#]+;/gi, " ").normalize("NFKC");
  return plain.replace(/[^\p{L}\p{M}\p{N}]+/gu, "").toLowerCase() || text.trim();
}

/** Returns the session's documents. */
export async function documentsOf(
  api: ConsultApi,
  session_id: string,
  request: RequestOptions,
): Promise<readonly Document[]> {
  return (getList(await api.documents.list(session_id, request), "data") ?? []) as readonly Document[];
}

/** Finds the new document that uses that template. */
export async function findDocument(
  api: ConsultApi,
  session_id: string,
  { template_id, before }: { readonly template_id: string; readonly before: readonly string[] },
  request: RequestOptions,
): Promise<LookupResult> {
  const documents = await documentsOf(api, session_id, request);
  const matches = documents.filter(
    (one) => !before.includes(one.id ?? "") && (one.template_id ?? template_id) === template_id,
  );
  const [only] = matches;
  if (only === undefined) return ABSENT;
  return matches.length === 1 && isText(only.id)
    ? found(only.id)
    : unclear("the session has several new documents with this template");
}
