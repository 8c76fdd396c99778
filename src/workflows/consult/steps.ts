import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import type { UploadOptions, UploadProgress } from "../../http/options.ts";
import { type InFlightRequests, linkAbort } from "../../http/signal.ts";
import { getProperty } from "../../utils/values.ts";
import type { ConsultApi } from "./consult.ts";
import type { ConsultEventBody } from "./events.ts";
import { type ConsultInput, detailsOf, nameOf } from "./input.ts";
import type { ConsultSettings } from "./options.ts";
import {
  audioIn,
  compareNotes,
  documentsOf,
  findAudio,
  findContext,
  findDocument,
  findPatient,
  findSession,
  noteOf,
} from "./reconcile.ts";
import { askBody, documentBody, noteBody, sessionBody } from "./request-bodies.ts";
import { NeedsReviewError, type RunContext, runStep, type StepResult } from "./run-step.ts";
import type { ConsultStep } from "./state.ts";

/** What the parts of a consult's course work with. */
export interface ConsultParts {
  readonly api: ConsultApi;
  readonly input: ConsultInput;
  readonly settings: ConsultSettings;
  readonly running: RunContext;
}

/** What a step tells, and whether it tells of the past. */
export type StepEvent = readonly [happening: ConsultEventBody, replayed?: boolean];
export type StepEvents<T> = AsyncGenerator<StepEvent, T, undefined>;

/** What a call made, by the id in its answer. */
export function resultOf(answer: unknown, name: string): StepResult | undefined {
  const id = getProperty(answer, name);
  return typeof id === "string" && id !== "" ? { id } : undefined;
}

/** A step's own tale, as part of the course. */
export async function* emit<T>(step: AsyncGenerator<ConsultEventBody, T, undefined>): StepEvents<T> {
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

/** An upload with its progress as it goes; leaving it ends the upload. A slow reader skips what was overtaken. */
export async function* withProgress<T>(
  inFlight: InFlightRequests,
  signal: AbortSignal | undefined,
  start: (options: Pick<UploadOptions, "signal" | "onProgress">) => PromiseLike<T>,
): AsyncGenerator<UploadProgress, T, undefined> {
  const { stop, release } = linkAbort(inFlight, signal);
  let latest: UploadProgress | undefined;
  let settled = false;
  let wake = (): void => undefined;
  const work = start({
    signal: stop.signal,
    onProgress: (progress) => {
      latest = progress;
      wake();
    },
  });
  const end = Promise.resolve(work).finally(() => {
    settled = true;
    wake();
  });
  end.catch(() => undefined);
  try {
    for (;;) {
      if (latest !== undefined) {
        const progress = latest;
        latest = undefined;
        yield progress;
      } else if (settled) {
        return await end;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    if (!settled) stop.abort();
    release();
  }
}
