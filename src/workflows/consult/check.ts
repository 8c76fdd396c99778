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
import { validateCall } from "../preflight.ts";
import { askBody, documentBody, noteBody, sessionBody } from "./bodies.ts";
import { type ConsultInput, detailsOf } from "./input.ts";

/**
 * Holds the input against every operation that the consult comes to: a wrong word for the note would show otherwise when
 * patient, session and recording are at Heidi already.
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
