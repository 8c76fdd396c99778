import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import { field } from "../answer.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultHappening, ConsultResult } from "./events.ts";
import type { ConsultInput } from "./input.ts";
import { detailsOf, nameOf } from "./input.ts";
import {
  audioIn,
  documentsOf,
  lookForAudio,
  lookForContext,
  lookForDocument,
  lookForPatient,
  lookForSession,
  noteOf,
} from "./looks.ts";
import { type Made, perform, Review, type Running } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";
import { following } from "./upload.ts";

/** What a step tells, and whether it tells of the past. */
export type Told = readonly [happening: ConsultHappening, replayed?: boolean];
type Course<T> = AsyncGenerator<Told, T, undefined>;

/** A document may be written for minutes after its asker has gone. */
const WRITING_FACTOR = 10;

const madeOf = (answer: unknown, name: string): Made | undefined => {
  const id = field(answer, name);
  return typeof id === "string" && id !== "" ? { id } : undefined;
};

/** The course of a consult: what changes something is done once, what only reads is done in every run. */
export class Run {
  readonly #api: ConsultApi;
  readonly #input: ConsultInput;
  readonly #settings: ConsultSettings;
  readonly #running: Running;
  /** The session is this consult's, so that all in it is too. */
  readonly #own: boolean;

  constructor(api: ConsultApi, input: ConsultInput, settings: ConsultSettings, running: Running) {
    this.#api = api;
    this.#input = input;
    this.#settings = settings;
    this.#running = running;
    this.#own = input.session?.session_id === undefined;
  }

  async *course(): Course<ConsultResult> {
    const { context = [], audio, document, coding_system, ask } = this.#input;
    const patient_profile_id = yield* this.#patient();
    const session_id = yield* this.#session(patient_profile_id);
    const ids: string[] = [];
    for (const [index, one] of context.entries()) ids.push(yield* this.#upload(session_id, index, one));
    yield* this.#audio(session_id, audio);
    for (const [index, document_id] of ids.entries()) {
      await this.#api.sessionContext.waitForDocument(session_id, document_id, this.#settings.wait);
      yield [{ type: "context-ready", index, document_id }];
    }
    const said = await this.#api.transcription.waitForTranscript(session_id, this.#settings.wait);
    const transcript = said.transcript ?? "";
    yield [{ type: "transcript", transcript }];
    const note = yield* this.#note(session_id);
    const letter = document && (yield* this.#document(session_id, document));
    const codes = coding_system && (yield* this.#codes(session_id, coding_system));
    const answer = ask === undefined ? undefined : yield* this.#answer(session_id, ask, note);
    const context_document_ids = ids;
    return {
      ...{ session_id, patient_profile_id, context_document_ids, transcript, note },
      ...{ document: letter, codes, answer },
    };
  }

  async *#patient(): Course<string | undefined> {
    const { patient } = this.#input;
    if (patient === undefined) return undefined;
    const { request, settleMs } = this.#settings;
    let patient_profile_id: string;
    let replayed = false;
    if ("id" in patient) patient_profile_id = patient.id;
    else {
      const step = perform(this.#running, {
        step: "patient",
        make: async () => madeOf(await this.#api.patientProfiles.findOrCreate(patient, request), "id"),
        find: () => lookForPatient(this.#api, this.#input, request),
        settleMs,
      });
      ({ id: patient_profile_id, replayed } = yield* tell(step));
    }
    yield [{ type: "patient-ready", patient_profile_id }, replayed];
    return patient_profile_id;
  }

  async *#session(patient_profile_id: string | undefined): Course<string> {
    const { session = {} } = this.#input;
    const { request, settleMs } = this.#settings;
    const { sessions, patientProfiles } = this.#api;
    let session_id = session.session_id ?? "";
    let replayed = false;
    if (this.#own) {
      const { ehr_appointment_id } = session;
      const body = { patient_profile_id, ehr_appointment_id };
      const step = perform(this.#running, {
        step: "session",
        make: async () => madeOf(await sessions.create(body, request), "session_id"),
        find: () => lookForSession(this.#api, this.#input, request),
        settleMs,
      });
      ({ id: session_id, replayed } = yield* tell(step));
    }
    yield [{ type: "session-created", session_id }, replayed];
    // To link what is linked, and to set what is set, changes nothing.
    const again = { find: async () => ({ kind: "absent" }) as const, settleMs: 0 };
    if (!this.#own && patient_profile_id !== undefined) {
      const make = async (): Promise<Made> => {
        await patientProfiles.linkSession(patient_profile_id, { session_id }, request);
        return {};
      };
      yield* tell(perform(this.#running, { step: "link", make, ...again }));
    }
    const details = detailsOf(this.#input);
    if (Object.keys(details).length > 0) {
      const make = async (): Promise<Made> => {
        await sessions.update(session_id, details, request);
        return {};
      };
      yield* tell(perform(this.#running, { step: "details", make, ...again }));
    }
    return session_id;
  }

  async *#upload(
    session_id: string,
    index: number,
    { file, unstructured }: NonNullable<ConsultInput["context"]>[number],
  ): Course<string> {
    const { request, settleMs } = this.#settings;
    const { sessionContext } = this.#api;
    const idsThere = async (): Promise<string[]> =>
      ((await sessionContext.listDocuments(session_id, request)).data ?? []).map(({ id }) => id ?? "");
    const body = { file, ...(unstructured === undefined ? {} : { unstructured }) };
    const step = perform(this.#running, {
      step: `context-${index}`,
      ...(this.#own ? {} : { before: idsThere }),
      make: async () => madeOf(await sessionContext.uploadDocument(session_id, body, request), "id"),
      find: (before) => {
        const known = [...before, ...this.#running.ledger.contextIds];
        return lookForContext(this.#api, session_id, nameOf(file), known, request);
      },
      settleMs,
    });
    const { id: document_id, replayed } = yield* tell(step);
    yield [{ type: "context-uploaded", index, document_id }, replayed];
    return document_id;
  }

  async *#audio(session_id: string, file: ConsultInput["audio"]): Course<void> {
    const { request, settleMs } = this.#settings;
    const { environment, signal } = this.#running;
    const own = this.#own;
    const { sessions, transcription } = this.#api;
    const make = async function* (): AsyncGenerator<ConsultHappening, Made, undefined> {
      const upload = following(environment.underWay, signal, (options) =>
        transcription.uploadAudio(session_id, { file }, { ...request, ...options }),
      );
      try {
        for (;;) {
          const { done, value } = await upload.next();
          if (done) return madeOf(value, "id") ?? {};
          yield { type: "upload-progress", ...value };
        }
      } finally {
        await upload.return(undefined);
      }
    };
    const step = perform(this.#running, {
      step: "audio",
      ...(own ? {} : { before: async () => audioIn(await sessions.get(session_id, request)) ?? [] }),
      make,
      find: (before) => lookForAudio(this.#api, session_id, { before, own }, request),
      settleMs,
    });
    const { replayed } = yield* tell(step);
    yield [{ type: "audio-uploaded" }, replayed];
  }

  async *#note(session_id: string): Course<string> {
    const { template_id, voice_style = "GOLDILOCKS", brain = "LEFT", addition = "" } = this.#input;
    const { content_type, third_party_template } = this.#input;
    const { request, settleMs } = this.#settings;
    const body = { generation_method: "TEMPLATE", addition, voice_style, brain } as const;
    const chosen = { template_id, content_type, third_party_template };
    const api = this.#api;
    let text = "";
    const make = async function* (): AsyncGenerator<ConsultHappening, Made, undefined> {
      const note = api.consultNotes.generate(session_id, { ...body, ...chosen }, request);
      for await (const piece of note.textStream()) {
        text += piece;
        yield { type: "note-text", text: piece };
      }
      return {};
    };
    // A note replaces the one before, so that a second generation leaves one note behind as well.
    const there = async (): Promise<string[]> =>
      (await noteOf(api, session_id, request)) === undefined ? [] : ["note"];
    const step = perform(this.#running, {
      step: "note",
      ...(this.#own ? {} : { before: there }),
      make,
      find: async (before) => {
        if (before.length > 0) return { kind: "absent" };
        text = (await noteOf(api, session_id, request)) ?? "";
        return text === "" ? { kind: "absent" } : { kind: "found" };
      },
      settleMs,
    });
    const { replayed } = yield* tell(step);
    if (replayed) text = (await noteOf(api, session_id, request)) ?? "";
    if (replayed && text === "") throw new Review("note", "the note was written, and the session shows none");
    yield [{ type: "note", note: text }, replayed];
    return text;
  }

  async *#document(session_id: string, choice: NonNullable<ConsultInput["document"]>): Course<Document> {
    const { request, settleMs } = this.#settings;
    const { template_id } = choice;
    const body = {
      voice_style: "GOLDILOCKS",
      brain: "LEFT",
      ...choice,
      generation_method: "TEMPLATE",
    } as const;
    const there = async (): Promise<string[]> =>
      (await documentsOf(this.#api, session_id, request)).map(({ id }) => id ?? "");
    let document: Document | undefined;
    const step = perform(this.#running, {
      step: "document",
      ...(this.#own ? {} : { before: there }),
      make: async () => {
        document = await this.#api.documents.generate(session_id, body, request);
        return madeOf(document, "id");
      },
      find: (before) => lookForDocument(this.#api, session_id, { template_id, before }, request),
      settleMs: WRITING_FACTOR * settleMs,
    });
    const { id, replayed } = yield* tell(step);
    if (document?.id !== id)
      document = (await documentsOf(this.#api, session_id, request)).find((one) => one.id === id);
    if (document === undefined) throw new Review("document", "the document was written, and is not listed");
    yield [{ type: "document", document }, replayed];
    return document;
  }

  async *#codes(
    session_id: string,
    coding_system: NonNullable<ConsultInput["coding_system"]>,
  ): Course<ClinicalCodesResponse> {
    const { wait } = this.#settings;
    const codes = await this.#api.clinicalCoding.waitForCodes(session_id, { coding_system }, wait);
    yield [{ type: "codes", codes }];
    return codes;
  }

  async *#answer(session_id: string, ask: NonNullable<ConsultInput["ask"]>, content: string): Course<string> {
    const { content_type = "MARKDOWN" } = this.#input;
    const question = typeof ask === "string" ? { ai_command_text: ask } : ask;
    const body = { content, content_type, ...question };
    const answer = await this.#api.askHeidi.ask(session_id, body, this.#settings.request).text();
    yield [{ type: "answer", answer }];
    return answer;
  }
}

async function* tell<T>(step: AsyncGenerator<ConsultHappening, T, undefined>): Course<T> {
  try {
    for (;;) {
      const { done, value } = await step.next();
      if (done) return value;
      yield [value];
    }
  } finally {
    // Left early: an upload or a stream under way ends with it.
    await step.return(undefined as T);
  }
}
