import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import { askBody, documentBody, noteBody } from "./bodies.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultEventBody } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import { compareNotes, documentsOf, findDocument, noteOf } from "./looks.ts";
import { NeedsReviewError, type RunContext, runStep, type StepResult } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";
import type { ConsultStep } from "./state.ts";
import { type ConsultParts, emit, resultOf, type StepEvents } from "./told.ts";

/** A document may be written for minutes after its asker has gone. */
const WRITING_FACTOR = 10;

/** The second half of a consult: what Heidi writes. */
export class OutputSteps {
  readonly #api: ConsultApi;
  readonly #input: ConsultInput;
  readonly #settings: ConsultSettings;
  readonly #context: RunContext;
  /** The session is this consult's, so that all in it is too. */
  readonly #own: boolean;

  constructor({ api, input, settings, running }: ConsultParts) {
    this.#api = api;
    this.#input = input;
    this.#settings = settings;
    this.#context = running;
    this.#own = input.session?.session_id === undefined;
  }

  async *note(session_id: string): StepEvents<string> {
    const { request, reconcileTimeoutMs } = this.#settings;
    const body = noteBody(this.#input);
    const api = this.#api;
    let text = "";
    let previous: string | undefined;
    const make = async function* (): AsyncGenerator<ConsultEventBody, StepResult, undefined> {
      const note = api.consultNotes.generate(session_id, body, request);
      for await (const piece of note.textStream()) {
        text += piece;
        yield { type: "note-text", text: piece };
      }
      return {};
    };
    // A note replaces the one before, so that a second generation leaves one note behind as well.
    const there = async (): Promise<string[]> => {
      previous = await noteOf(api, session_id, request);
      return previous === undefined ? [] : ["note"];
    };
    const step = runStep(this.#context, {
      step: "note",
      ...(this.#own ? {} : { before: there }),
      execute: make,
      find: async (before) => {
        const kept = await noteOf(api, session_id, request);
        // Which note was there before is known in the run that saw it, and in no later one.
        const isNew = before.length === 0 || (previous !== undefined && kept !== previous);
        if (kept === undefined || !isNew) return { kind: "absent" };
        text = kept;
        return { kind: "found" };
      },
      confirm: async () => compareNotes(text, await noteOf(api, session_id, request), previous),
      reconcileTimeoutMs: reconcileTimeoutMs,
    });
    const { replayed } = yield* emit(step);
    if (replayed) text = (await noteOf(api, session_id, request)) ?? "";
    if (replayed && text === "")
      await this.#lost("note", "the note was written, and the session shows none any more");
    yield [{ type: "note", note: text }, replayed];
    return text;
  }

  /** What was certainly there is gone, or hidden: from here on somebody can say what is to become of it. */
  async #lost(step: ConsultStep, reason: string, before: readonly string[] = []): Promise<never> {
    await this.#context.state.set(step, { state: "made", ...(before.length > 0 ? { before } : {}) });
    throw new NeedsReviewError(step, reason);
  }

  async *document(session_id: string, choice: NonNullable<ConsultInput["document"]>): StepEvents<Document> {
    const { request, reconcileTimeoutMs } = this.#settings;
    const { template_id } = choice;
    const body = documentBody(choice);
    const there = async (): Promise<string[]> =>
      (await documentsOf(this.#api, session_id, request)).map(({ id }) => id ?? "");
    let document: Document | undefined;
    const step = runStep(this.#context, {
      step: "document",
      ...(this.#own ? {} : { before: there }),
      execute: async () => {
        document = await this.#api.documents.generate(session_id, body, request);
        return resultOf(document, "id");
      },
      find: (before) => findDocument(this.#api, session_id, { template_id, before }, request),
      reconcileTimeoutMs: WRITING_FACTOR * reconcileTimeoutMs,
    });
    const { id, replayed } = yield* emit(step);
    if (document?.id !== id)
      document = (await documentsOf(this.#api, session_id, request)).find((one) => one.id === id);
    if (document === undefined)
      return this.#lost("document", "the document was written, and is not listed any more", await there());
    yield [{ type: "document", document }, replayed];
    return document;
  }

  async *codes(
    session_id: string,
    coding_system: NonNullable<ConsultInput["coding_system"]>,
  ): StepEvents<ClinicalCodesResponse> {
    const { wait } = this.#settings;
    const codes = await this.#api.clinicalCoding.waitForCodes(session_id, { coding_system }, wait);
    yield [{ type: "codes", codes }];
    return codes;
  }

  async *answer(
    session_id: string,
    ask: NonNullable<ConsultInput["ask"]>,
    content: string,
  ): StepEvents<string> {
    const body = askBody(this.#input, ask, content);
    const answer = await this.#api.askHeidi.ask(session_id, body, this.#settings.request).text();
    yield [{ type: "answer", answer }];
    return answer;
  }
}
