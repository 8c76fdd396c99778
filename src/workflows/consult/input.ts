import type {
  AskHeidiRequest,
  ConsultNoteGenerate,
  DocumentGenerate,
  GetSessionClinicalCodesQuery,
  SessionCreate,
  SessionUpdate,
  UploadContextDocumentBody,
} from "../../../generated/types.ts";
import { type FileInput, isFileInput } from "../../upload/file.ts";
import { isObject } from "../../utils/values.ts";
import type { FindOrCreateProfile } from "../patient-profiles.ts";
import { throwInvalidArgument } from "../polling/schedule.ts";
import { fingerprint } from "../polling/serialized-poller.ts";

/** A document that the note is to take into account. */
export interface ConsultContext {
  readonly file: FileInput;
  /** Taken as it is, without looking for structure. Default: as the API decides. */
  readonly unstructured?: boolean | undefined;
  /** More facts about the document, which are sent beside it. */
  readonly meta_data?: UploadContextDocumentBody["meta_data"] | undefined;
}

/** The session of a consult. */
export interface ConsultSession extends Omit<SessionCreate, "patient_profile_id">, SessionUpdate {
  /** A session that is there already; without it one is made. */
  readonly session_id?: string | undefined;
}

/** How the note is to be written. */
export type NoteChoice = Partial<Omit<ConsultNoteGenerate, "generation_method">>;

/** All that a consult is made of. Patient data: never log it. */
export interface ConsultInput extends NoteChoice {
  /** The patient as the EHR knows them, found or made by `ehr_patient_id`; or `{ id }` of a profile. */
  readonly patient?: FindOrCreateProfile | { readonly id: string } | undefined;
  /**
   * `ehr_appointment_id` and other fields of the session; or its `session_id`. Give an `ehr_appointment_id`: a session
   * whose making was interrupted is found by it, and needs a review without it.
   */
  readonly session?: ConsultSession | undefined;
  /** Documents to upload before the note is written. */
  readonly context?: readonly ConsultContext[] | undefined;
  /** The recording. To be resumed, it has to be given again: the same file. */
  readonly audio: FileInput;
  /** A letter or another document to write after the note. */
  readonly document?:
    | (Pick<DocumentGenerate, "template_id"> & Partial<Omit<DocumentGenerate, "generation_method">>)
    | undefined;
  /** Has the consult coded. */
  readonly coding_system?: GetSessionClinicalCodesQuery["coding_system"] | undefined;
  /** A question to ask about the note, after all else. The answer is not kept by Heidi: resuming asks again. */
  readonly ask?: string | (Pick<AskHeidiRequest, "ai_command_text"> & Partial<AskHeidiRequest>) | undefined;
}

/** What a saved state belongs to, as short hashes that nothing can be read from. */
export interface ConsultKey {
  readonly clinician: string;
  readonly patient: string;
  readonly input: string;
}

/** What is wrong with an input is told before anything is made at Heidi. */
export function checkInput(input: unknown): ConsultInput {
  const { audio, patient, session, context, document, ask } = asObject("input", input) as ConsultInput;
  checkFile("audio", audio);
  if (patient !== undefined) checkPatient(asObject("patient", patient));
  if (session !== undefined) asObject("session", session);
  if (session?.session_id !== undefined) checkText("session.session_id", session.session_id);
  if (context !== undefined && !Array.isArray(context))
    throwInvalidArgument("context", "The argument `context` must be a list of `{ file }`.");
  for (const one of context ?? []) checkFile("context.file", asObject("context", one).file);
  if (document !== undefined) checkText("document.template_id", asObject("document", document).template_id);
  if (typeof ask === "string") checkText("ask", ask);
  else if (ask !== undefined) checkText("ask.ai_command_text", asObject("ask", ask).ai_command_text);
  return input as ConsultInput;
}

/** Files are left out: their content cannot be known before they are read. */
export function keyOf(clinician: readonly unknown[], input: ConsultInput): ConsultKey {
  const { patient, audio: _, context, ...rest } = input;
  const about = context?.map(({ unstructured = null, meta_data }) =>
    meta_data === undefined ? unstructured : [unstructured, sorted(meta_data)],
  );
  return {
    clinician: fingerprint(clinician),
    patient: fingerprint([patient && ("id" in patient ? patient.id : patient.ehr_patient_id)]),
    input: fingerprint([sorted(rest), about]),
  };
}

/** The fields of a session that are set after it was made. */
export function detailsOf({ session = {} }: ConsultInput): SessionUpdate {
  const { session_id, ehr_appointment_id, ...details } = session;
  return session_id === undefined || ehr_appointment_id === undefined
    ? details
    : { ...details, ehr_appointment_id };
}

/** The name that a context document is sent under, as far as that is known without reading it. */
export function nameOf(file: unknown): string | undefined {
  const { filename, name, data } = Object(file) as Record<string, unknown>;
  const given = filename ?? (typeof name === "string" && typeof file !== "function" ? name : undefined);
  if (given === undefined && data !== undefined) return nameOf(data);
  return typeof given === "string" ? given.split(/[/\\]/).at(-1) : undefined;
}

/**
 * The same objects hash alike whatever the order that their fields were written in. What is nested deeper than any input
 * of ours is left to the hash, which refuses a circle.
 */
function sorted(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > 16) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return fields
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => [name, sorted(field, depth + 1)]);
}

function asObject<T>(argument: string, value: T): T & object {
  if (isObject(value)) return value;
  return throwInvalidArgument(argument, `The argument \`${argument}\` must be an object; nothing was sent.`);
}

function checkText(argument: string, value: unknown): void {
  if (typeof value === "string" && value.trim() !== "") return;
  throwInvalidArgument(
    argument,
    `The argument \`${argument}\` must be a non-empty string; nothing was sent.`,
  );
}

function checkPatient(patient: object): void {
  const by = "id" in patient ? "id" : "ehr_patient_id";
  checkText(`patient.${by}`, Reflect.get(patient, by));
}

function checkFile(argument: string, value: unknown): void {
  const data: unknown = Reflect.get(Object(value), "data") ?? value;
  if (isFileInput(data)) return;
  throwInvalidArgument(
    argument,
    `The argument \`${argument}\` must be a file: fileFromPath(…), a Blob, bytes, a stream or a function that opens one. Nothing was sent.`,
  );
}
