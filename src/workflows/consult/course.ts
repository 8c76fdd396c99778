import type { PollEnvironment } from "../look.ts";
import { validateBodies } from "./check.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultEnd, ConsultEvent, ConsultEventBody } from "./events.ts";
import { type ConsultInput, checkInput, keyOf } from "./input.ts";
import { NeedsReviewError } from "./perform.ts";
import { runSteps } from "./run.ts";
import { type ConsultOptions, resolveSettings } from "./settings.ts";
import { ConsultStateStore, readState } from "./state.ts";

/** The course of one consult: what its run does, as events with the journal that each leaves. */
export async function* runConsult(
  api: ConsultApi,
  environment: PollEnvironment,
  clinician: readonly unknown[],
  given: ConsultInput,
  options: ConsultOptions,
): AsyncGenerator<ConsultEvent, ConsultEnd, undefined> {
  const settings = resolveSettings(options);
  const { journal, signal, resolve } = options;
  const input = checkInput(given);
  validateBodies(input);
  const saved = journal === undefined ? options.resume : await journal.load();
  const ledger = new ConsultStateStore(readState(saved, keyOf(clinician, input)), journal);
  if (resolve !== undefined) await ledger.resolve(resolve);
  const event = (happening: ConsultEventBody, replayed = false): ConsultEvent => ({
    ...happening,
    journal: ledger.state,
    replayed,
  });
  try {
    const course = runSteps({ api, input, settings, running: { state: ledger, environment, signal } });
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
    if (!(error instanceof NeedsReviewError)) throw error;
    const { step, reason } = error;
    yield event({ type: "needs-review", step, reason });
    return { status: "needs-review", step, reason, journal: ledger.state };
  }
}
