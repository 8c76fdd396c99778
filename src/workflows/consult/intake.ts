import { sessionBody } from "./bodies.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultEventBody } from "./events.ts";
import { type ConsultInput, detailsOf, nameOf } from "./input.ts";
import { audioIn, findAudio, findContext, findPatient, findSession } from "./looks.ts";
import { type RunContext, runStep, type StepResult } from "./perform.ts";
import type { ConsultSettings } from "./settings.ts";
import { type ConsultParts, emit, resultOf, type StepEvents } from "./told.ts";
import { withProgress } from "./upload.ts";

/** The first half of a consult: what Heidi is given. */
export class InputSteps {
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

  async *patient(): StepEvents<string | undefined> {
    const { patient } = this.#input;
    if (patient === undefined) return undefined;
    const { request, reconcileTimeoutMs } = this.#settings;
    let patient_profile_id: string;
    let replayed = false;
    if ("id" in patient) patient_profile_id = patient.id;
    else {
      const step = runStep(this.#context, {
        step: "patient",
        execute: async () => resultOf(await this.#api.patientProfiles.findOrCreate(patient, request), "id"),
        find: () => findPatient(this.#api, this.#input, request),
        reconcileTimeoutMs: reconcileTimeoutMs,
      });
      ({ id: patient_profile_id, replayed } = yield* emit(step));
    }
    yield [{ type: "patient-ready", patient_profile_id }, replayed];
    return patient_profile_id;
  }

  async *session(patient_profile_id: string | undefined): StepEvents<string> {
    const { session = {} } = this.#input;
    const { request, reconcileTimeoutMs } = this.#settings;
    const { sessions, patientProfiles } = this.#api;
    let session_id = session.session_id ?? "";
    let replayed = false;
    if (this.#own) {
      const body = sessionBody(this.#input, patient_profile_id);
      const step = runStep(this.#context, {
        step: "session",
        execute: async () => resultOf(await sessions.create(body, request), "session_id"),
        find: () => findSession(this.#api, this.#input, request),
        reconcileTimeoutMs: reconcileTimeoutMs,
      });
      ({ id: session_id, replayed } = yield* emit(step));
    }
    yield [{ type: "session-created", session_id }, replayed];
    // To link what is linked, and to set what is set, changes nothing.
    const again = { find: async () => ({ kind: "absent" }) as const, reconcileTimeoutMs: 0 };
    if (!this.#own && patient_profile_id !== undefined) {
      const make = async (): Promise<StepResult> => {
        await patientProfiles.linkSession(patient_profile_id, { session_id }, request);
        return {};
      };
      yield* emit(runStep(this.#context, { step: "link", execute: make, ...again }));
    }
    const details = detailsOf(this.#input);
    if (Object.keys(details).length > 0) {
      const make = async (): Promise<StepResult> => {
        await sessions.update(session_id, details, request);
        return {};
      };
      yield* emit(runStep(this.#context, { step: "details", execute: make, ...again }));
    }
    return session_id;
  }

  async *upload(
    session_id: string,
    index: number,
    { file, unstructured, meta_data }: NonNullable<ConsultInput["context"]>[number],
  ): StepEvents<string> {
    const { request, reconcileTimeoutMs } = this.#settings;
    const { sessionContext } = this.#api;
    const idsThere = async (): Promise<string[]> =>
      ((await sessionContext.listDocuments(session_id, request)).data ?? []).map(({ id }) => id ?? "");
    const body = {
      file,
      ...(unstructured === undefined ? {} : { unstructured }),
      ...(meta_data === undefined ? {} : { meta_data }),
    };
    const step = runStep(this.#context, {
      step: `context-${index}`,
      ...(this.#own ? {} : { before: idsThere }),
      execute: async () => resultOf(await sessionContext.uploadDocument(session_id, body, request), "id"),
      find: (before) => {
        const known = [...before, ...this.#context.state.contextIds];
        return findContext(this.#api, session_id, nameOf(file), known, request);
      },
      reconcileTimeoutMs: reconcileTimeoutMs,
    });
    const { id: document_id, replayed } = yield* emit(step);
    yield [{ type: "context-uploaded", index, document_id }, replayed];
    return document_id;
  }

  async *audio(session_id: string, file: ConsultInput["audio"]): StepEvents<void> {
    const { request, reconcileTimeoutMs } = this.#settings;
    const { environment, signal } = this.#context;
    const own = this.#own;
    const { sessions, transcription } = this.#api;
    const make = async function* (): AsyncGenerator<ConsultEventBody, StepResult, undefined> {
      const upload = withProgress(environment.inFlight, signal, (options) =>
        transcription.uploadAudio(session_id, { file }, { ...request, ...options }),
      );
      try {
        for (;;) {
          const { done, value } = await upload.next();
          if (done) return resultOf(value, "id") ?? {};
          yield { type: "upload-progress", ...value };
        }
      } finally {
        await upload.return(undefined);
      }
    };
    const step = runStep(this.#context, {
      step: "audio",
      ...(own ? {} : { before: async () => audioIn(await sessions.get(session_id, request)) ?? [] }),
      execute: make,
      find: (before) => findAudio(this.#api, session_id, { before, own }, request),
      reconcileTimeoutMs: reconcileTimeoutMs,
    });
    const { replayed } = yield* emit(step);
    yield [{ type: "audio-uploaded" }, replayed];
  }
}
