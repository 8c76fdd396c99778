import {
  askHeidi,
  createPatientProfile,
  createSession,
  generateConsultNote,
  generateDocument,
  getSessionClinicalCodes,
  updateSession,
  uploadContextDocument,
} from "../../../generated/operations.ts";
import type {
  AskHeidiRequest,
  ConsultNoteGenerate,
  DocumentGenerate,
  SessionCreate,
} from "../../../generated/types.ts";
import { validateCall } from "../preflight.ts";
import { type ConsultInput, detailsOf } from "./input.ts";

/**
 * Validates the input for every operation of the consult. Otherwise an invalid value for the note would fail only after
 * patient, session and recording are at Heidi.
 */
export function validateBodies(input: ConsultInput): void {
  const { patient, session = {}, context = [], document, coding_system, ask } = input;
  if (patient !== undefined && !("id" in patient)) validateCall(createPatientProfile, { body: patient });
  if (session.session_id === undefined) validateCall(createSession, { body: sessionBody(input) });
  validateCall(updateSession, { body: detailsOf(input) });
  for (const one of context) validateCall(uploadContextDocument, { body: one });
  validateCall(generateConsultNote, { body: noteBody(input) });
  if (document !== undefined) validateCall(generateDocument, { body: documentBody(document) });
  if (coding_system !== undefined) validateCall(getSessionClinicalCodes, { query: { coding_system } });
  if (ask !== undefined) validateCall(askHeidi, { body: askBody(input, ask, "") });
}

/** The body of the request that creates the session. */
export function sessionBody({ session = {} }: ConsultInput, patient_profile_id?: string): SessionCreate {
  return { patient_profile_id, ehr_appointment_id: session.ehr_appointment_id };
}

/** The body of the request for the note. */
export function noteBody(input: ConsultInput): ConsultNoteGenerate {
  const { template_id, voice_style = "GOLDILOCKS", brain = "LEFT", addition = "" } = input;
  const { content_type, third_party_template } = input;
  const chosen = { template_id, content_type, third_party_template };
  const generation_method = third_party_template === undefined ? "TEMPLATE" : "THIRD_PARTY_TEMPLATE";
  return { generation_method, addition, voice_style, brain, ...chosen };
}

/** The body of the request for the document. */
export function documentBody(document: NonNullable<ConsultInput["document"]>): DocumentGenerate {
  return { voice_style: "GOLDILOCKS", brain: "LEFT", ...document, generation_method: "TEMPLATE" };
}

/** The body of the request that asks a question about the text. */
export function askBody(
  { content_type = "MARKDOWN" }: ConsultInput,
  ask: NonNullable<ConsultInput["ask"]>,
  content: string,
): AskHeidiRequest {
  const question = typeof ask === "string" ? { ai_command_text: ask } : ask;
  return { content, content_type, ...question };
}
