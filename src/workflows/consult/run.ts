import type { TelemetrySpan } from "../../telemetry.ts";
import { checkRecording } from "../../upload/check-recording.ts";
import type { PollEnvironment } from "../polling/types.ts";
import type { ConsultApi } from "../types.ts";
import type { ConsultEnd, ConsultEvent, ConsultEventBody, ConsultResult } from "./events.ts";
import { type ConsultInput, checkInput, keyOf } from "./input.ts";
import { type ConsultOptions, resolveSettings } from "./options.ts";
import { validateBodies } from "./request-bodies.ts";
import { NeedsReviewError } from "./run-step.ts";
import { ConsultStateStore, readState } from "./state.ts";
import { type ConsultParts, InputSteps, OutputSteps, type StepEvents } from "./steps.ts";

/** Runs the steps of a consult: writes run once, reads run again in every run. */
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

/** Runs one consult and yields its events, each with the journal after it; with telemetry as one span. */
export function runConsult(
  ...given: Parameters<typeof yieldEvents>
): AsyncGenerator<ConsultEvent, ConsultEnd, undefined> {
  const [, { telemetry }] = given;
  const events = yieldEvents(...given);
  return telemetry === undefined ? events : traceEvents(telemetry.startWorkflow({ kind: "consult" }), events);
}

/** Runs the code between two events in the span, and ends the span with the last one. */
async function* traceEvents(
  span: TelemetrySpan,
  events: ReturnType<typeof yieldEvents>,
): ReturnType<typeof yieldEvents> {
  try {
    for (;;) {
      const { done, value } = await span.run(() => events.next());
      if (done) {
        span.end(undefined, { result: value.status });
        return value;
      }
      yield value;
    }
  } catch (error) {
    span.end(error);
    throw error;
  } finally {
    await span.run(() => events.return(undefined as never));
    span.end();
  }
}

async function* yieldEvents(
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
  const store = new ConsultStateStore(readState(saved, keyOf(clinician, input)), journal);
  if (resolve !== undefined) await store.resolve(resolve);
  // A recording that its upload would refuse must not leave a session behind.
  if (store.of("audio") === undefined) await checkRecording("audio", input.audio);
  const event = (body: ConsultEventBody, replayed = false): ConsultEvent => ({
    ...body,
    journal: store.state,
    replayed,
  });
  try {
    const steps = runSteps({ api, input, settings, running: { state: store, environment, signal } });
    try {
      for (;;) {
        const { done, value } = await steps.next();
        if (!done) yield event(...value);
        else {
          yield event({ type: "done", result: value });
          return { status: "done", result: value, journal: store.state };
        }
      }
    } finally {
      await steps.return(undefined as never);
    }
  } catch (error) {
    if (!(error instanceof NeedsReviewError)) throw error;
    const { step, reason } = error;
    yield event({ type: "needs-review", step, reason });
    return { status: "needs-review", step, reason, journal: store.state };
  }
}
