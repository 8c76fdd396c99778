import { HeidiError } from "../../errors.ts";
import { copyFileInput } from "../../upload/copy.ts";
import { bindContext } from "../../utils/async-context.ts";
import { captureCallSite, showInIteration } from "../../utils/call-site.ts";
import { loadChunk } from "../../utils/lazy.ts";
import type { WorkflowApi } from "../index.ts";
import type { PollEnvironment } from "../polling/types.ts";
import type { ConsultEnd, ConsultEvent } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import type { ConsultOptions } from "./options.ts";
import type { runConsult } from "./run.ts";

/** The API methods that a consult uses. */
export type ConsultApi = Omit<WorkflowApi, "consult">;

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

/** Binds consults to the API methods that they use. `clinician` distinguishes users; only its hash is stored. */
export function createConsults(
  api: ConsultApi,
  environment: PollEnvironment,
  clinician: readonly unknown[],
): ConsultFlow["consult"] {
  const consult: ConsultFlow["consult"] = (input, options = {}) => {
    const site = captureCallSite(consult);
    let used = false;
    const taken = takeFiles(input);
    const here = bindContext(); // sources, journal and steps run in the caller's context, not in that of the iterating code
    const start = (): Events => {
      if (used)
        throw new HeidiError(
          "This consult was used already. To continue it, call `consult` again with its journal.",
        );
      used = true;
      const events = showInIteration(run(api, environment, clinician, taken, options), site);
      return {
        next: () => here(() => events.next()),
        return: (end) => here(() => events.return(end as ConsultEnd)),
        throw: (error) => here(() => events.throw(error)),
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    };
    return { [Symbol.asyncIterator]: start, result: async () => lastOf(start()) };
  };
  return consult;
}

/** Returns the input with copies of its files. An invalid input is reported when the consult is used. */
function takeFiles(input: ConsultInput): ConsultInput {
  try {
    const { audio, context } = input;
    const taken = copyFileInput(audio);
    const contexts = context?.map((one) => {
      const file = copyFileInput(one.file);
      return file === one.file ? one : { ...one, file };
    });
    const isSame = taken === audio && contexts?.every((one, index) => one === context?.[index]) !== false;
    return isSame ? input : { ...input, audio: taken, ...(contexts && { context: contexts }) };
  } catch {
    return input;
  }
}

type Events = AsyncIterableIterator<ConsultEvent, ConsultEnd, undefined>;

/** Loads the flow when a consult begins: a page without consults does not load it. */
async function* run(
  ...given: Parameters<typeof runConsult>
): AsyncGenerator<ConsultEvent, ConsultEnd, undefined> {
  const { runConsult } = await loadChunk(import("./run.ts"));
  return yield* runConsult(...given);
}

async function lastOf(events: Events): Promise<ConsultEnd> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
  }
}
