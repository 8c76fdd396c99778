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
import { checkArguments } from "../../transport/arguments.ts";
import type { Operation } from "../../transport/operation.ts";
import { askBody, documentBody, noteBody, sessionBody } from "./bodies.ts";
import { type ConsultInput, detailsOf } from "./input.ts";

/** In place of an id that is not known yet. */
const SOME_ID = "0";

/**
 * Holds the input against every operation that the consult comes to: a wrong word for the note would show otherwise when
 * patient, session and recording are at Heidi already.
 */
export function checkBodies(input: ConsultInput): void {
  const { patient, session = {}, context = [], document, coding_system, ask } = input;
  const check = (operation: Operation, body: object): void =>
    checkArguments(operation, { path: operation.pathParameters.map(() => SOME_ID), body });
  if (patient !== undefined && !("id" in patient)) check(createPatientProfile, patient);
  if (session.session_id === undefined) check(createSession, sessionBody(input));
  check(updateSession, detailsOf(input));
  for (const one of context) check(uploadContextDocument, one);
  check(generateConsultNote, noteBody(input));
  if (document !== undefined) check(generateDocument, documentBody(document));
  if (coding_system !== undefined)
    checkArguments(getSessionClinicalCodes, { path: [SOME_ID], query: { coding_system } });
  if (ask !== undefined) check(askHeidi, askBody(input, ask, SOME_ID));
}
