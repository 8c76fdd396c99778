import { HeidiError } from "../../errors.ts";
import type { PollEnvironment } from "../look.ts";
import type { WorkflowApi } from "../user.ts";
import type { ConsultEnd, ConsultEvent, ConsultHappening } from "./events.ts";
import { type ConsultInput, checkInput, keyOf } from "./input.ts";
import { Review } from "./perform.ts";
import { Run } from "./run.ts";
import { type ConsultOptions, resolveSettings } from "./settings.ts";
import { Ledger, readState } from "./state.ts";

/** What a consult is made with. */
export type ConsultApi = Omit<WorkflowApi, "consult">;

/**
 * A consult under way: an async iterable of what happens, or the promise of how it ends. Nothing is sent before it is
 * used, and it is used once: to go on with it, call `consult` again with its journal.
 */
export interface Consult extends AsyncIterable<ConsultEvent> {
  /** Runs to the end without following the events. Rejects as iterating does. */
  result(): Promise<ConsultEnd>;
}

/** The whole flow. */
export interface ConsultFlow {
  /**
   * A whole consult: finds or makes the patient, makes the session, uploads context documents and recording, waits for
   * the transcript, and has note, document and codes written. Each thing that happens is an event.
   *
   * It can be resumed after a crash at any point, with a journal. What changes something at Heidi is written down before
   * it is sent and after it was answered: what was certainly done is not done again; what was interrupted is looked up,
   * and when that cannot tell, a `needs-review` event ends the consult. What only reads is read again. A call that fails
   * ends the consult with its error; when to resume is for the caller to say.
   *
   * @throws HeidiArgumentError before anything is sent, for an input or option that cannot be used, or a journal of
   * another version, clinician, patient or input; HeidiPollError, HeidiAbortError and what the calls throw.
   *
   * @example
   * const consult = clinician.consult({ patient, session: { ehr_appointment_id }, audio }, { journal });
   * for await (const event of consult) if (event.type === "note-text") process.stdout.write(event.text);
   */
  consult(input: ConsultInput, options?: ConsultOptions): Consult;
}

/** Binds consults to the methods that they use. `clinician` tells users apart; only its hash is kept. */
export function createConsults(
  api: ConsultApi,
  environment: PollEnvironment,
  clinician: readonly unknown[],
): ConsultFlow["consult"] {
  return (input, options = {}) => {
    let used = false;
    const start = (): AsyncGenerator<ConsultEvent, ConsultEnd, undefined> => {
      if (used)
        throw new HeidiError(
          "This consult was used already. Call `consult` again, with its journal, to go on.",
        );
      used = true;
      return run(api, environment, clinician, input, options);
    };
    return { [Symbol.asyncIterator]: start, result: async () => lastOf(start()) };
  };
}

async function* run(
  api: ConsultApi,
  environment: PollEnvironment,
  clinician: readonly unknown[],
  given: ConsultInput,
  options: ConsultOptions,
): AsyncGenerator<ConsultEvent, ConsultEnd, undefined> {
  const settings = resolveSettings(options);
  const { journal, signal, resolve } = options;
  const input = checkInput(given);
  const saved = journal === undefined ? options.resume : await journal.load();
  const ledger = new Ledger(readState(saved, keyOf(clinician, input)), journal);
  if (resolve !== undefined) await ledger.resolve(resolve);
  const event = (happening: ConsultHappening, replayed = false): ConsultEvent => ({
    ...happening,
    journal: ledger.state,
    replayed,
  });
  try {
    const course = new Run(api, input, settings, { ledger, environment, signal }).course();
    try {
      for (;;) {
        const { done, value } = await course.next();
        if (!done) yield event(...value);
        else {
          yield event({ type: "done", result: value });
          return { status: "done", result: value, journal: ledger.state };
        }
      }
    } finally {
      await course.return(undefined as never);
    }
  } catch (error) {
    if (!(error instanceof Review)) throw error;
    const { step, reason } = error;
    yield event({ type: "needs-review", step, reason });
    return { status: "needs-review", step, reason, journal: ledger.state };
  }
}

async function lastOf(events: AsyncGenerator<ConsultEvent, ConsultEnd, undefined>): Promise<ConsultEnd> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
  }
}
