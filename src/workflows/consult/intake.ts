import { sessionBody } from "./bodies.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultHappening } from "./events.ts";
import { type ConsultInput, detailsOf, nameOf } from "./input.ts";
import { audioIn, lookForAudio, lookForContext, lookForPatient, lookForSession } from "./looks.ts";
import { type Made, perform, type Running } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";
import { type ConsultParts, type Course, madeOf, tell } from "./told.ts";
import { following } from "./upload.ts";

/** The first half of a consult: what Heidi is given. */
export class Intake {
  readonly #api: ConsultApi;
  readonly #input: ConsultInput;
  readonly #settings: ConsultSettings;
  readonly #running: Running;
  /** The session is this consult's, so that all in it is too. */
  readonly #own: boolean;

  constructor({ api, input, settings, running }: ConsultParts) {
    this.#api = api;
    this.#input = input;
    this.#settings = settings;
    this.#running = running;
    this.#own = input.session?.session_id === undefined;
  }

  async *patient(): Course<string | undefined> {
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

  async *session(patient_profile_id: string | undefined): Course<string> {
    const { session = {} } = this.#input;
    const { request, settleMs } = this.#settings;
    const { sessions, patientProfiles } = this.#api;
    let session_id = session.session_id ?? "";
    let replayed = false;
    if (this.#own) {
      const body = sessionBody(this.#input, patient_profile_id);
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

  async *upload(
    session_id: string,
    index: number,
    { file, unstructured, meta_data }: NonNullable<ConsultInput["context"]>[number],
  ): Course<string> {
    const { request, settleMs } = this.#settings;
    const { sessionContext } = this.#api;
    const idsThere = async (): Promise<string[]> =>
      ((await sessionContext.listDocuments(session_id, request)).data ?? []).map(({ id }) => id ?? "");
    const body = {
      file,
      ...(unstructured === undefined ? {} : { unstructured }),
      ...(meta_data === undefined ? {} : { meta_data }),
    };
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

  async *audio(session_id: string, file: ConsultInput["audio"]): Course<void> {
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
}
