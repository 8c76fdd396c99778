import type { ClinicalCodesResponse, Document } from "../../../generated/types.ts";
import { HeidiAbortError, HeidiTimeoutError } from "../../errors.ts";
import type { UploadOptions, UploadProgress } from "../../http/options.ts";
import { type InFlightRequests, linkAbort } from "../../http/signal.ts";
import { isEndUnsent } from "../../upload/unsent-end.ts";
import { getProperty } from "../../utils/values.ts";
import type { ConsultApi } from "../types.ts";
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

/** The dependencies of a consult's steps. */
export interface ConsultParts {
  readonly api: ConsultApi;
  readonly input: ConsultInput;
  readonly settings: ConsultSettings;
  readonly running: RunContext;
}

/** An event of a step; `replayed` marks a step of an earlier run. */
export type StepEvent = readonly [body: ConsultEventBody, replayed?: boolean];
export type StepEvents<T> = AsyncGenerator<StepEvent, T, undefined>;

/** Returns the id in the response of a call as the result of a step. */
export function resultOf(answer: unknown, name: string): StepResult | undefined {
  const id = getProperty(answer, name);
  return typeof id === "string" && id !== "" ? { id } : undefined;
}

/** Yields the events of one step. */
export async function* emit<T>(step: AsyncGenerator<ConsultEventBody, T, undefined>): StepEvents<T> {
  try {
    for (;;) {
      const { done, value } = await step.next();
      if (done) return value;
      yield [value];
    }
  } finally {
    // When the consumer leaves early, this aborts an upload or stream in flight.
    await step.return(undefined as T);
  }
}

/** The first half of a consult: the steps that send its input to Heidi. */
export class InputSteps {
  readonly #api: ConsultApi;
  readonly #input: ConsultInput;
  readonly #settings: ConsultSettings;
  readonly #context: RunContext;
  /** True when this consult created the session, so that everything in it belongs to this consult. */
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
    // Linking again and setting the same details again change nothing.
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
    // An object of this upload alone, by which it is found out how much of it was sent.
    const ownFile = "data" in file ? { ...file } : { data: file };
    const make = async function* (): AsyncGenerator<ConsultEventBody, StepResult, undefined> {
      const upload = withProgress(environment.inFlight, signal, (options) =>
        transcription.uploadAudio(session_id, { file: ownFile }, { ...request, ...options }),
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
      // An interruption by the SDK itself, before the server can have had the whole recording.
      isUndone: (failure) =>
        (failure instanceof HeidiAbortError || failure instanceof HeidiTimeoutError) &&
        failure.outcome === "unknown" &&
        isEndUnsent(ownFile),
      find: (before) => findAudio(this.#api, session_id, { before, own }, request),
      reconcileTimeoutMs: reconcileTimeoutMs,
    });
    const { replayed } = yield* emit(step);
    yield [{ type: "audio-uploaded" }, replayed];
  }
}

/** The server may write a document for minutes after the client has disconnected. */
const WRITING_FACTOR = 10;

/** The second half of a consult: the steps in which Heidi generates text. */
export class OutputSteps {
  readonly #api: ConsultApi;
  readonly #input: ConsultInput;
  readonly #settings: ConsultSettings;
  readonly #context: RunContext;
  /** True when this consult created the session, so that everything in it belongs to this consult. */
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
    // A note replaces the previous one, so a second generation also leaves one note.
    const existingIds = async (): Promise<string[]> => {
      previous = await noteOf(api, session_id, request);
      return previous === undefined ? [] : ["note"];
    };
    const step = runStep(this.#context, {
      step: "note",
      ...(this.#own ? {} : { before: existingIds }),
      execute: make,
      find: async (before) => {
        const kept = await noteOf(api, session_id, request);
        // Only the run that read the previous note knows its text; later runs do not.
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
      await this.#lost("note", "the note was generated, but the session no longer shows one");
    yield [{ type: "note", note: text }, replayed];
    return text;
  }

  /** Marks a completed step for review, because its result is gone or hidden. */
  async #lost(step: ConsultStep, reason: string, before: readonly string[] = []): Promise<never> {
    await this.#context.state.set(step, { state: "made", ...(before.length > 0 ? { before } : {}) });
    throw new NeedsReviewError(step, reason);
  }

  async *document(session_id: string, choice: NonNullable<ConsultInput["document"]>): StepEvents<Document> {
    const { request, reconcileTimeoutMs } = this.#settings;
    const { template_id } = choice;
    const body = documentBody(choice);
    const existingIds = async (): Promise<string[]> =>
      (await documentsOf(this.#api, session_id, request)).map(({ id }) => id ?? "");
    let document: Document | undefined;
    const step = runStep(this.#context, {
      step: "document",
      ...(this.#own ? {} : { before: existingIds }),
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
      return this.#lost(
        "document",
        "the document was generated, but is no longer listed",
        await existingIds(),
      );
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

/** Yields the progress of an upload; leaving the iteration aborts it. A slow reader skips outdated progress. */
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
