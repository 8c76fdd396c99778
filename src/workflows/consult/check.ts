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
import { checkCall } from "../preflight.ts";
import { askBody, documentBody, noteBody, sessionBody } from "./bodies.ts";
import { type ConsultInput, detailsOf } from "./input.ts";

/**
 * Holds the input against every operation that the consult comes to: a wrong word for the note would show otherwise when
 * patient, session and recording are at Heidi already.
 */
export function checkBodies(input: ConsultInput): void {
  const { patient, session = {}, context = [], document, coding_system, ask } = input;
  if (patient !== undefined && !("id" in patient)) checkCall(createPatientProfile, { body: patient });
  if (session.session_id === undefined) checkCall(createSession, { body: sessionBody(input) });
  checkCall(updateSession, { body: detailsOf(input) });
  for (const one of context) checkCall(uploadContextDocument, { body: one });
  checkCall(generateConsultNote, { body: noteBody(input) });
  if (document !== undefined) checkCall(generateDocument, { body: documentBody(document) });
  if (coding_system !== undefined) checkCall(getSessionClinicalCodes, { query: { coding_system } });
  if (ask !== undefined) checkCall(askHeidi, { body: askBody(input, ask, "") });
}
