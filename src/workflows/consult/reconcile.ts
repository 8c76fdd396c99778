import type { Document, Session } from "../../../generated/types.ts";
import { HeidiApiError } from "../../api-errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { getList, getProperty, isText } from "../../utils/values.ts";
import { findProfile } from "../patient-profiles.ts";
import type { ConsultApi } from "../types.ts";
import type { ConsultInput } from "./input.ts";
import type { Confirmation, LookupResult } from "./run-step.ts";

/** The most sessions that are searched. */
const MOST_SESSIONS = 1_000;
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
  const fits: Session[] = [];
  let seen = 0;
  let shown = false;
  for await (const one of api.sessions.iterateLinkedUser(undefined, request)) {
    if (++seen > MOST_SESSIONS) break;
    const appointment = getProperty(one, "ehr_appt_id") ?? getProperty(one, "ehr_appointment_id");
    shown ||= isText(appointment);
    if (isText(wanted) && appointment === wanted) fits.push(one);
  }
  if (seen === 0) return ABSENT;
  if (!isText(wanted))
    return unclear("a session without `ehr_appointment_id` cannot be distinguished from others");
  const [only] = fits;
  if (only !== undefined) {
    if (fits.length > 1) return unclear("there is more than one session of the appointment");
    return isUnused(only) ? found(only.session_id) : unclear("the appointment's session is in use already");
  }
  if (!shown) return unclear("this deployment does not show the appointments of sessions");
  return seen > MOST_SESSIONS || seen === PAGE_SIZE
    ? unclear("there are too many sessions to search")
    : ABSENT;
}

const isUnused = (session: Session): boolean =>
  !isText(getProperty(session.consult_note, "result")) && (audioIn(session) ?? []).length === 0;

/** Finds the new context document of that name. */
export async function findContext(
  api: ConsultApi,
  session_id: string,
  name: string | undefined,
  before: readonly unknown[],
  request: RequestOptions,
): Promise<LookupResult> {
  const listed = getList(await api.sessionContext.listDocuments(session_id, request), "data") ?? [];
  const fresh = listed.filter((one) => !before.includes(getProperty(one, "id")));
  if (fresh.length === 0) return ABSENT;
  const named = name === undefined ? fresh : fresh.filter((one) => getProperty(one, "filename") === name);
  return named.length === 1
    ? found(getProperty(named[0], "id"))
    : unclear("the session has new context documents, and none of them can be identified as this one");
}

/** Returns the ids of a session's recordings; undefined where the deployment does not show recordings. */
export function audioIn(session: Session): string[] | undefined {
  const listed = getList(session, "audio") ?? getList(getProperty(session, "audio"), "uploaded_audio");
  return listed?.map((one, index) => String(getProperty(one, "id") ?? index));
}

/** Finds a new recording; or, in a session that this consult created, a transcript, which only its recording can cause. */
export async function findAudio(
  api: ConsultApi,
  session_id: string,
  { before, own }: { readonly before: readonly string[]; readonly own: boolean },
  request: RequestOptions,
): Promise<LookupResult> {
  const listed = audioIn(await api.sessions.get(session_id, request));
  if (listed !== undefined) {
    const fresh = listed.filter((id) => !before.includes(id));
    return fresh.length > 0 ? found(fresh.at(-1)) : ABSENT;
  }
  if (own && (await hasTranscript(api, session_id, request))) return found(undefined);
  return unclear("the session does not show whether the recording arrived");
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

/** How much of a note's end is compared, in letters. */
const END_LENGTH = 40;

/**
 * Compares the streamed text with the note in the session. A proxy can end a truncated stream without an error; the
 * session's note is JSON, where truncation is always noticed.
 *
 * Only letters and digits count: a server may store different white space, markup or punctuation than it streams. The note
 * is the same when these are equal, or when it has no more of them and has the same end. `previous` is the session's
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
    return unclear("the session's note is longer than the text that was streamed: the stream was cut off");
  return shown.length >= END_LENGTH && received.endsWith(shown.slice(-END_LENGTH))
    ? { kind: "confirmed" }
    : unclear("the session's note is not the text that was streamed: it ends differently");
}

/** Returns the text without markup, white space, punctuation and case; the whole text when nothing would remain. */
function lettersOf(text: string): string {
  const plain = text.replace(/<[^<>]*>|&[a-z0-9#]+;/gi, " ").normalize("NFKC");
  return plain.replace(/[^\p{L}\p{M}\p{N}]+/gu, "").toLowerCase() || text.trim();
}

/** The session's documents. */
export async function documentsOf(
  api: ConsultApi,
  session_id: string,
  request: RequestOptions,
): Promise<readonly Document[]> {
  return (getList(await api.documents.list(session_id, request), "data") ?? []) as readonly Document[];
}

/** Finds the new document of that template. */
export async function findDocument(
  api: ConsultApi,
  session_id: string,
  { template_id, before }: { readonly template_id: string; readonly before: readonly string[] },
  request: RequestOptions,
): Promise<LookupResult> {
  const documents = await documentsOf(api, session_id, request);
  const fits = documents.filter(
    (one) => !before.includes(one.id ?? "") && (one.template_id ?? template_id) === template_id,
  );
  const [only] = fits;
  if (only === undefined) return ABSENT;
  return fits.length === 1 && isText(only.id)
    ? found(only.id)
    : unclear("the session has several documents by this template");
}
