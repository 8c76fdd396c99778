import type { ConsultEnd, ConsultEvent } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import type { ConsultOptions } from "./options.ts";

/**
 * A running consult: an async iterable of its events; `result()` returns only how it ends. It sends nothing before it is
 * used, and can be used once: to continue it, call `consult` again with its journal.
 */
export interface Consult extends AsyncIterable<ConsultEvent> {
  /** Runs the consult to the end without its events. Rejects with the same errors as the iteration. */
  result(): Promise<ConsultEnd>;
}

/** The method that runs a whole consult. */
export interface ConsultFlow {
  /**
   * Runs a whole consult: finds or creates the patient, creates the session, uploads context documents and recording,
   * waits for the transcript, and generates note, document and codes. It yields an event for each step.
   *
   * With a journal, it can be resumed after a crash at any point. Each write is recorded in the journal before its request
   * and after its response. A completed write is not repeated. An interrupted write is looked up; when the lookup is
   * inconclusive, a `needs-review` event ends the consult. Reads are repeated. A failed call ends the consult with its
   * error; the caller decides when to resume.
   *
   * @throws HeidiArgumentError before anything is sent, for an invalid input or option, or for a journal of another
   * version, clinician, patient or input; HeidiPollError, HeidiAbortError and the errors of the calls.
   *
   * @example
   * const consult = clinician.consult({ patient, session: { ehr_appointment_id }, audio }, { journal });
   * for await (const event of consult) if (event.type === "note-text") process.stdout.write(event.text);
   */
  consult(input: ConsultInput, options?: ConsultOptions): Consult;
}
