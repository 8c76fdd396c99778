import { type ConsultEvent, HeidiAbortError, HeidiPollError } from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stopwatch } from "../../../stopwatch.ts";
import { Clinic, collect, hurrying, ONE_OF_EACH } from "./support.ts";

let clinic: Clinic;

beforeEach(async () => {
  clinic = await Clinic.open();
});

afterEach(() => clinic.sandbox.close());

const settings = { settleMs: 2_000 };
const typesOf = (events: readonly ConsultEvent[]): string[] =>
  events
    .map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type))
    .filter((type, index, all) => type !== all[index - 1]);

const WHOLE = [
  ...["step-begun patient", "patient-ready", "step-begun session", "session-created", "step-begun details"],
  ...["step-begun context-0", "context-uploaded", "step-begun audio", "upload-progress", "audio-uploaded"],
  ...[
    "context-ready",
    "transcript",
    "step-begun note",
    "note-text",
    "note",
    "step-begun document",
    "document",
  ],
  ...["codes", "answer", "done"],
];

describe.each(["spec", "documented"] as const)(
  "the events of a consult, as the %s has the API,",
  (deployment) => {
    beforeEach(async () => {
      await clinic.sandbox.close();
      clinic = await Clinic.open({ deployment });
    });

    it("follow what is said of a document, and a note by a template of one's own", async () => {
      const context = [{ file: new Blob(["x"]), unstructured: true, meta_data: { kind: "referral" } }];
      const input = { audio: new Blob(["canary-audio"]), context, third_party_template: { Plan: "" } };
      await hurrying(() => clinic.user().consult(input, settings).result());
      const { requests } = clinic.sandbox;
      expect(requests).toContainEqual(
        expect.objectContaining({
          name: "sessionContext.uploadDocument",
          inputs: expect.objectContaining({
            body: { unstructured: true, meta_data: { kind: "referral", unstructured: true } },
          }),
        }),
      );
      const note = requests.find(({ name }) => name === "consultNotes.generate")?.inputs.body;
      expect(note).toMatchObject({
        generation_method: "THIRD_PARTY_TEMPLATE",
        third_party_template: JSON.stringify({ Plan: "" }),
      });
    });

    it("come in the order in which things happen, up to the result", async () => {
      const consult = clinic.user().consult(clinic.input({ ask: "What should happen next?" }), settings);
      const events = await hurrying(() => collect(consult));
      expect(typesOf(events)).toEqual(WHOLE);
      const last = events.at(-1);
      if (last?.type !== "done") throw new Error("not done");
      const { result } = last;
      const { session } = clinic;
      expect(result.session_id).toBe(session?.session_id);
      expect(result.note).toBe(session?.consult_note?.result);
      expect(result.document?.content).toBe(session?.documents[0]?.content);
      expect(result.context_document_ids).toEqual([session?.context_documents[0]?.id]);
      expect(result.transcript).toContain("Karen");
      expect(result.codes?.entities?.length).toBeGreaterThan(0);
      expect(result.answer).not.toBe("");
      const pieces = events.map((event) => (event.type === "note-text" ? event.text : "")).join("");
      expect(pieces).toBe(result.note);
    });

    it("tell again, when it is resumed, what was done before, and do nothing twice", async () => {
      const user = clinic.user();
      const first = await hurrying(() => collect(user.consult(clinic.input(), settings)));
      const resume = first.at(-1)?.journal;
      const again = await hurrying(() =>
        collect(clinic.user().consult(clinic.input(), { ...settings, resume })),
      );
      expect(typesOf(again).filter((type) => type.startsWith("step-begun"))).toEqual([]);
      const replayed = again.filter((event) => event.replayed).map(({ type }) => type);
      expect(replayed).toEqual(REPLAYED);
      expect(clinic.counts()).toEqual(ONE_OF_EACH);
    });
  },
);

const REPLAYED = [
  "patient-ready",
  "session-created",
  "context-uploaded",
  "audio-uploaded",
  "note",
  "document",
];

describe("a consult", () => {
  it("goes on from the journal of any of its events, without a store", async () => {
    const first: ConsultEvent[] = [];
    for await (const event of clinic.user().consult(clinic.input(), settings)) {
      first.push(event);
      if (event.type === "context-uploaded") break;
    }
    const resume = JSON.parse(JSON.stringify(first.at(-1)?.journal));
    const events = await hurrying(() =>
      collect(clinic.user().consult(clinic.input(), { ...settings, resume })),
    );
    expect(typesOf(events).slice(0, 4)).toEqual([
      ...["patient-ready", "session-created", "context-uploaded", "step-begun audio"],
    ]);
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("sends nothing before it is used, and is used once", async () => {
    const consult = clinic.user().consult(clinic.input(), settings);
    const before = clinic.sandbox.requests.length;
    await Promise.resolve();
    expect(clinic.sandbox.requests.length).toBe(before);
    expect((await hurrying(() => consult.result())).status).toBe("done");
    await expect(consult.result()).rejects.toThrow("was used already");
    expect(() => consult[Symbol.asyncIterator]()).toThrow("was used already");
  });

  it("works in a session that is there, links the patient, and takes nothing that was there for its own", async () => {
    const user = clinic.user();
    const { session_id = "" } = await user.sessions.create({});
    await user.transcription.uploadAudio(session_id, { file: new Blob(["before"], { type: "audio/ogg" }) });
    await user.sessionContext.uploadDocument(session_id, { file: new File(["before"], "canary-file.pdf") });
    const input = clinic.input({ session: { session_id, ehr_appointment_id: "later" } });
    // Dies when the letter, then the recording, was on its way; neither arrived.
    let resume: ConsultEvent["journal"] | undefined;
    for (const step of ["context-0", "audio", "document"]) {
      await hurrying(async () => {
        for await (const event of clinic.user().consult(input, { ...settings, resume })) {
          resume = event.journal;
          if (event.type === "step-begun" && event.step === step) break;
        }
      });
    }
    const end = await hurrying(() =>
      clinic
        .user()
        .consult(input, { ...settings, resume })
        .result(),
    );
    expect(end.status).toBe("done");
    expect(clinic.counts()).toEqual({ profiles: 1, sessions: 1, contexts: 2, audio: 2, documents: 1 });
    expect(clinic.session?.patient_profile_id).toBe(clinic.truth("patient").id);
    expect(clinic.session?.fields["ehr_appointment_id"]).toBe("later");
  });

  it("takes the id of a profile, and goes without a patient, context, letter and codes", async () => {
    const { id = "" } = await clinic.user().patientProfiles.create({ first_name: "A" });
    const least = { session: {}, context: [], document: undefined, coding_system: undefined };
    const withId = clinic.user().consult(clinic.input({ ...least, patient: { id } }), settings);
    const events = await hurrying(() => collect(withId));
    expect(typesOf(events).slice(0, 2)).toEqual(["patient-ready", "step-begun session"]);
    expect(clinic.session?.patient_profile_id).toBe(id);
    const without = clinic.user().consult(clinic.input({ ...least, patient: undefined }), settings);
    const end = await hurrying(() => without.result());
    expect(end).toMatchObject({ status: "done", result: { patient_profile_id: undefined } });
  });

  it("ends its upload when it is left, and looks for it when it is resumed", async () => {
    clinic.sandbox.fault("transcription.uploadAudio", { kind: "slow-reader", chunkDelayMs: 20 });
    let resume: ConsultEvent["journal"] | undefined;
    const bytes = new Uint8Array(4_000_000);
    const input = clinic.input({ audio: new Blob([bytes], { type: "audio/ogg" }) });
    for await (const event of clinic.user().consult(input, settings)) {
      resume = event.journal;
      if (event.type === "upload-progress") break;
    }
    expect(resume?.steps.audio?.state).toBe("begun");
    const end = await hurrying(() =>
      clinic
        .user()
        .consult(input, { ...settings, resume })
        .result(),
    );
    const { audio } = clinic.counts();
    expect(end.status).toBe(audio === 1 ? "done" : "needs-review");
  });

  it("ends at once when its caller aborts it, also while it waits for what it looks for", async () => {
    let resume: ConsultEvent["journal"] | undefined;
    for await (const event of clinic.user().consult(clinic.input(), settings)) {
      resume = event.journal;
      if (event.type === "step-begun") break;
    }
    const caller = new AbortController();
    const reason = new Error("enough");
    const running = clinic.user().consult(clinic.input(), { signal: caller.signal, resume }).result();
    setTimeout(() => caller.abort(reason), 50);
    const watch = stopwatch();
    const failure: unknown = await running.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HeidiAbortError);
    expect((failure as HeidiAbortError).cause).toBe(reason);
    expect(watch.ms()).toBeLessThan(1_000);
  });

  it("ends when a piece of the recording could not be transcribed, and goes on without it when it is told to", async () => {
    clinic.sandbox.script("transcription.getLive", {
      chunks: [{ status: "READY", text: "Good morning." }, { status: "FAILED" }],
    });
    const failure = await hurrying(() => clinic.run().catch((error: unknown) => error));
    expect(failure).toMatchObject({ name: "HeidiPollError", fault: "failed" });
    const end = await hurrying(() => clinic.run({}, { acceptPartial: true }));
    expect(end).toMatchObject({ status: "done", result: { transcript: expect.stringMatching(/./) } });
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("tells when a document cannot be parsed in time, and goes on with the wait when it is resumed", async () => {
    await clinic.sandbox.close();
    clinic = await Clinic.open({ timings: { parsingMs: 3_600_000 } });
    const failure = await hurrying(() =>
      clinic.run({}, { waitTimeoutMs: 5_000 }).catch((error: unknown) => error),
    );
    expect(failure).toBeInstanceOf(HeidiPollError);
    expect(clinic.counts()).toEqual({ ...ONE_OF_EACH, documents: 0 });
  });
});
