import type { ConsultResult } from "./events.ts";
import { InputSteps } from "./intake.ts";
import type { ConsultParts, StepEvents } from "./told.ts";
import { OutputSteps } from "./writing.ts";

/** The course of a consult: what changes something is done once, what only reads is done in every run. */
export async function* runSteps(parts: ConsultParts): StepEvents<ConsultResult> {
  const { api, input, settings } = parts;
  const intake = new InputSteps(parts);
  const writing = new OutputSteps(parts);
  const { context = [], audio, document, coding_system, ask } = input;
  const patient_profile_id = yield* intake.patient();
  const session_id = yield* intake.session(patient_profile_id);
  const ids: string[] = [];
  for (const [index, one] of context.entries()) ids.push(yield* intake.upload(session_id, index, one));
  yield* intake.audio(session_id, audio);
  for (const [index, document_id] of ids.entries()) {
    await api.sessionContext.waitForDocument(session_id, document_id, settings.wait);
    yield [{ type: "context-ready", index, document_id }];
  }
  const { wait, acceptPartial } = settings;
  const said = await api.transcription.waitForTranscript(session_id, { ...wait, acceptPartial });
  const transcript = said.transcript ?? "";
  yield [{ type: "transcript", transcript }];
  const note = yield* writing.note(session_id);
  const letter = document && (yield* writing.document(session_id, document));
  const codes = coding_system && (yield* writing.codes(session_id, coding_system));
  const answer = ask === undefined ? undefined : yield* writing.answer(session_id, ask, note);
  const context_document_ids = ids;
  return {
    ...{ session_id, patient_profile_id, context_document_ids, transcript, note },
    ...{ document: letter, codes, answer },
  };
}
