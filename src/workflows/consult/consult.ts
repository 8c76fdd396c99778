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
  const consult: ConsultFlow["consult"] = (input, options = {}) => {
    const site = captureCallSite(consult);
    let used = false;
    const taken = takeFiles(input);
    const here = bindContext(); // sources, journal and steps are the caller's, regardless of the iterating code
    const start = (): Events => {
      if (used)
        throw new HeidiError(
          "This consult was used already. Call `consult` again, with its journal, to go on.",
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

/** The input with the files as they are now. What is wrong with it is said when the consult is used. */
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

/** Loaded when a consult begins: a page that never runs one does not load it. */
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
