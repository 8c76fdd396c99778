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
import { fingerprint } from "../../utils/fingerprint.ts";
import { throwInvalidArgument } from "../../utils/validate.ts";
import { isObject } from "../../utils/values.ts";
import type { FindOrCreateProfile } from "../patient-profiles.ts";

/** A context document for the note. */
export interface ConsultContext {
  readonly file: FileInput;
  /** Uses the document as it is, without detecting its structure. Default: the API decides. */
  readonly unstructured?: boolean | undefined;
  /** Metadata sent with the document. */
  readonly meta_data?: UploadContextDocumentBody["meta_data"] | undefined;
}

/** The session of a consult. */
export interface ConsultSession extends Omit<SessionCreate, "patient_profile_id">, SessionUpdate {
  /** The id of an existing session; without it, a session is created. */
  readonly session_id?: string | undefined;
}

/** The options of the note: template, style and content type. */
export type NoteChoice = Partial<Omit<ConsultNoteGenerate, "generation_method">>;

/** The input of a consult. Patient data: never log it. */
export interface ConsultInput extends NoteChoice {
  /** The patient as in the EHR, found or created by `ehr_patient_id`; or the `{ id }` of a profile. */
  readonly patient?: FindOrCreateProfile | { readonly id: string } | undefined;
  /**
   * `ehr_appointment_id` and other fields of the session; or its `session_id`. Set an `ehr_appointment_id`: it finds a
   * session whose creation was interrupted, which needs a review without it.
   */
  readonly session?: ConsultSession | undefined;
  /** Documents to upload before the note is written. */
  readonly context?: readonly ConsultContext[] | undefined;
  /** The recording. To resume a consult, pass the same file again. */
  readonly audio: FileInput;
  /** A letter or another document to write after the note. */
  readonly document?:
    | (Pick<DocumentGenerate, "template_id"> & Partial<Omit<DocumentGenerate, "generation_method">>)
    | undefined;
  /** The coding system; when it is set, clinical codes are generated. */
  readonly coding_system?: GetSessionClinicalCodesQuery["coding_system"] | undefined;
  /** A question about the note, asked last. Heidi does not store the answer: resuming asks again. */
  readonly ask?: string | (Pick<AskHeidiRequest, "ai_command_text"> & Partial<AskHeidiRequest>) | undefined;
}

/** The clinician, patient and input of a saved state, as short hashes that reveal nothing. */
export interface ConsultKey {
  readonly clinician: string;
  readonly patient: string;
  readonly input: string;
}

/** Checks the input before anything is created at Heidi. */
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

/** Returns the hashes of the input without its files, whose content is unknown before they are read. */
export function keyOf(clinician: readonly unknown[], input: ConsultInput): ConsultKey {
  const { patient, audio: _, context, ...rest } = input;
  const contexts = context?.map(({ unstructured = null, meta_data }) =>
    meta_data === undefined ? unstructured : [unstructured, sorted(meta_data)],
  );
  return {
    clinician: fingerprint(clinician),
    patient: fingerprint([patient && ("id" in patient ? patient.id : patient.ehr_patient_id)]),
    input: fingerprint([sorted(rest), contexts]),
  };
}

/** The fields of a session that are set after its creation. */
export function detailsOf({ session = {} }: ConsultInput): SessionUpdate {
  const { session_id, ehr_appointment_id, ...details } = session;
  return session_id === undefined || ehr_appointment_id === undefined
    ? details
    : { ...details, ehr_appointment_id };
}

/** Returns the file name of a context document, if it is known without reading the file. */
export function nameOf(file: unknown): string | undefined {
  const { filename, name, data } = Object(file) as Record<string, unknown>;
  const given = filename ?? (typeof name === "string" && typeof file !== "function" ? name : undefined);
  if (given === undefined && data !== undefined) return nameOf(data);
  return typeof given === "string" ? given.split(/[/\\]/).at(-1) : undefined;
}

/**
 * Sorts the fields of objects, so that their order does not change the hash. It leaves values nested deeper than any valid
 * input unchanged; the hash throws for a circular reference.
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
