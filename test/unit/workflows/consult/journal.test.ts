import {
  type ConsultInput,
  type ConsultOptions,
  HeidiArgumentError,
  HeidiUploadError,
} from "heidi-health-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileFromPath } from "../../../../src/node.ts";
import { Clinic, Death, hurrying, IDENTITY, ONE_OF_EACH } from "./support.ts";

let clinic: Clinic;

beforeEach(async () => {
  clinic = await Clinic.open();
});

afterEach(() => clinic.sandbox.close());

/** A consult whose process died when its recording was on its way. */
async function interrupted(): Promise<void> {
  const failure = await hurrying(() => clinic.run({ save: 8, safe: true }).catch((error: unknown) => error));
  expect(failure).toBeInstanceOf(Death);
}

/** How a consult is refused; nothing may have been sent. */
async function refusal(
  options: ConsultOptions,
  more: Partial<ConsultInput> = {},
  identity: typeof IDENTITY = IDENTITY,
): Promise<HeidiArgumentError> {
  const before = clinic.sandbox.requests.length;
  const user = clinic.user(undefined, identity);
  const error: unknown = await user
    .consult(clinic.input(more), options)
    .result()
    .catch((thrown: unknown) => thrown);
  expect(clinic.sandbox.requests.length).toBe(before);
  if (!(error instanceof HeidiArgumentError)) throw error;
  return error;
}

describe("the journal of a consult", () => {
  it("holds ids and states, and nothing of the patient", async () => {
    await hurrying(() => clinic.run());
    for (const saved of clinic.history) {
      for (const secret of ["canary", IDENTITY.email, IDENTITY.thirdPartyInternalId, "Karen", "Subjective"])
        expect(saved).not.toContain(secret);
    }
    expect(JSON.parse(clinic.saved ?? "")).toEqual({
      version: 1,
      revision: 14,
      key: { clinician: expect.any(String), patient: expect.any(String), input: expect.any(String) },
      steps: {
        patient: { state: "done", id: expect.stringMatching(/^[0-9a-f]{24}$/) },
        session: { state: "done", id: expect.stringMatching(/^\d{37,39}$/) },
        details: { state: "done" },
        "context-0": { state: "done", id: expect.any(String) },
        audio: { state: "done", id: expect.any(String) },
        note: { state: "done" },
        document: { state: "done", id: expect.any(String) },
      },
    });
  });

  it("is written before anything is sent, and counts its revisions", async () => {
    await hurrying(() => clinic.run());
    const revisions = clinic.history.map((saved) => (JSON.parse(saved) as { revision: number }).revision);
    expect(revisions).toEqual(revisions.map((_, index) => index + 1));
    const unsaved = Promise.reject(new Error("the disk is full"));
    unsaved.catch(() => undefined);
    const journal = { load: () => undefined, save: () => unsaved };
    const running = clinic
      .user()
      .consult(clinic.input({ session: { ehr_appointment_id: "b" } }), { journal });
    await expect(running.result()).rejects.toThrow("the disk is full");
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("of another version, clinician, patient or input is refused, and nothing is sent", async () => {
    await interrupted();
    const resume = JSON.parse(clinic.saved ?? "");
    const why = async (...given: Parameters<typeof refusal>): Promise<string> =>
      (await refusal(...given)).message;
    expect(await why({ resume: { ...resume, version: 2 } })).toContain("another version");
    expect(await why({ resume }, {}, { ...IDENTITY, email: "other@clinic.example" })).toContain(
      "another clinician",
    );
    expect(await why({ resume }, { patient: { ehr_patient_id: "other" } })).toContain("another patient");
    expect(await why({ resume }, { patient: undefined })).toContain("another patient");
    expect(await why({ resume }, { session: { ehr_appointment_id: "other" } })).toContain("another input");
    expect(await why({ resume }, { context: [] })).toContain("another input");
    expect(await why({ resume }, { coding_system: "ICD-10-CM" })).toContain("another input");
    expect(
      await why({ journal: { load: () => ({ ...resume, version: 0 }), save: () => undefined } }),
    ).toContain("another version");
  });

  it("that is damaged is refused, and nothing is sent", async () => {
    await interrupted();
    const resume = JSON.parse(clinic.saved ?? "");
    const steps = [
      ...["text", [], { patient: 1 }, { other: { state: "done" } }, { audio: { state: "finished" } }],
      ...[
        { session: { state: "done" } },
        { session: { state: "done", id: 12 } },
        { audio: { state: "begun", before: [1] } },
      ],
    ];
    const damaged = [
      ...["text", 7, [], { ...resume, revision: "1" }, { ...resume, key: null }],
      ...steps.map((each) => ({ ...resume, steps: each })),
    ];
    for (const each of damaged) expect((await refusal({ resume: each as never })).argument).toBe("resume");
  });

  it("fits an input whose fields are written in another order", async () => {
    await interrupted();
    const session = { language_code: "en", ehr_appointment_id: "canary-appointment" };
    const end = await hurrying(() => clinic.run({}, {}, { session }));
    expect(end).toMatchObject({ status: "needs-review", step: "audio" });
  });
});

describe("a consult that needs a review", () => {
  it("says which step and why, sends nothing more, and says so again until the step was checked", async () => {
    await interrupted();
    for (let times = 0; times < 2; times += 1) {
      const end = await hurrying(() => clinic.run());
      expect(end).toMatchObject({
        status: "needs-review",
        step: "audio",
        reason: expect.stringContaining("whether the recording was uploaded"),
      });
      expect(clinic.counts()).toEqual({ ...ONE_OF_EACH, audio: 0, documents: 0 });
    }
  });

  it("does the step when a person says that it was not done", async () => {
    await interrupted();
    const end = await hurrying(() => clinic.run({}, { resolve: { step: "audio", done: false } }));
    expect(end.status).toBe("done");
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("leaves the step when a person says that it was done", async () => {
    const dying = hurrying(() => clinic.run({ request: 6, trouble: "killed-after" }));
    await expect(dying).rejects.toThrow();
    const end = await hurrying(() => clinic.run({}, { resolve: { step: "audio", done: true } }));
    expect(end.status).toBe("done");
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("refuses a resolution of another step, and one without the id of what was made", async () => {
    await interrupted();
    const resume = JSON.parse(clinic.saved ?? "");
    for (const step of ["session", "note"] as const) {
      expect((await refusal({ resume, resolve: { step, done: true } })).argument).toBe("resolve");
    }
    const begun = { ...resume, steps: { session: { state: "begun" } } };
    expect((await refusal({ resume: begun, resolve: { step: "session", done: true } })).message).toContain(
      "`id`",
    );
  });

  it.each([
    ["note", 10, { consult_note: undefined }],
    ["document", 12, { documents: [] }],
  ] as const)(
    "when the %s that was written is there no more, and writes it again when it is told to",
    async (step, save, gone) => {
      await hurrying(() => clinic.run({ save: save + 1, safe: true }).catch(() => undefined));
      const world = clinic.sandbox.save();
      const users = world.state.users.map((user) => ({
        ...user,
        sessions: user.sessions.map((session) => ({ ...session, ...gone })),
      }));
      clinic.sandbox.load(JSON.parse(JSON.stringify({ ...world, state: { ...world.state, users } })));
      for (let times = 0; times < 2; times += 1)
        expect(await hurrying(() => clinic.run())).toMatchObject({ status: "needs-review", step });
      const end = await hurrying(() => clinic.run({}, { resolve: { step, done: false } }));
      expect(end).toMatchObject({ status: "done", result: { note: expect.stringMatching(/./) } });
      expect(clinic.counts()).toEqual(ONE_OF_EACH);
    },
  );

  it("takes an answer once, however often a queue runs the job that brings it", async () => {
    await interrupted();
    const end = await hurrying(() => clinic.run());
    const resolve = { step: "audio", done: false, revision: end.journal.revision } as const;
    // The recording arrives, and its process dies before it could note that.
    const upload = hurrying(() => clinic.run({ request: 1, trouble: "killed-after" }, { resolve }));
    await expect(upload).rejects.toThrow();
    expect(clinic.counts()["audio"]).toBe(1);
    // It is looked for, for the answer was about the attempt before.
    expect(await hurrying(() => clinic.run({}, { resolve }))).toMatchObject({ status: "done" });
    expect(await hurrying(() => clinic.run({}, { resolve }))).toMatchObject({ status: "done" });
    expect(clinic.counts()).toEqual(ONE_OF_EACH);
  });

  it("refuses an answer to a review that it cannot have asked for", async () => {
    await interrupted();
    const resume = JSON.parse(clinic.saved ?? "");
    const resolve = { step: "audio", done: false } as const;
    for (const revision of [resume.revision + 1, -1, 1.5, "8"])
      expect((await refusal({ resume, resolve: { ...resolve, revision } })).argument).toBe("resolve");
  });

  it("when a session without an appointment was interrupted and there are others", async () => {
    await clinic.user().sessions.create({});
    const more = { session: {} };
    await hurrying(() => clinic.run({ save: 2, safe: true }, {}, more).catch(() => undefined));
    const end = await hurrying(() => clinic.run({}, {}, more));
    expect(end).toMatchObject({ status: "needs-review", step: "session" });
    expect(clinic.counts()["sessions"]).toBe(1);
  });

  it("when the appointment's session is in use already, or there are two", async () => {
    const user = clinic.user();
    const { session_id = "" } = await user.sessions.create({ ehr_appointment_id: "canary-appointment" });
    await user.transcription.uploadAudio(session_id, { file: new Blob(["x"], { type: "audio/ogg" }) });
    await hurrying(() => clinic.run({ save: 2, safe: true }).catch(() => undefined));
    expect(await hurrying(() => clinic.run())).toMatchObject({ status: "needs-review", step: "session" });
    await user.sessions.create({ ehr_appointment_id: "canary-appointment" });
    expect(await hurrying(() => clinic.run())).toMatchObject({
      reason: expect.stringContaining("more than one"),
    });
  });
});

describe("the input of a consult is checked before anything is sent", () => {
  const bad: [string, Partial<Record<keyof ConsultInput, unknown>>][] = [
    ["audio", { audio: undefined }],
    ["audio", { audio: "visit.mp3" }],
    ["audio", { audio: { data: "visit.mp3" } }],
    ["patient", { patient: "p-1" }],
    ["patient.ehr_patient_id", { patient: {} }],
    ["patient.ehr_patient_id", { patient: { ehr_patient_id: " " } }],
    ["patient.id", { patient: { id: "" } }],
    ["session", { session: "s" }],
    ["session.session_id", { session: { session_id: 12 } }],
    ["context", { context: {} }],
    ["context", { context: ["letter.pdf"] }],
    ["context.file", { context: [{ file: "letter.pdf" }] }],
    ["document.template_id", { document: {} }],
    ["ask.ai_command_text", { ask: {} }],
    ["ask", { ask: " " }],
    // What the API's own methods would refuse, when patient, session and recording are at Heidi already.
    ["coding_system", { coding_system: "SNOMED CT" }],
    ["brain", { brain: "MIDDLE" }],
    ["voice_style", { voice_style: "LOUD" }],
    ["content_type", { content_type: "PDF" }],
    ["voice_style", { document: { template_id: "t", voice_style: "LOUD" } }],
    ["content_type", { ask: { ai_command_text: "Why?", content_type: "PDF" } }],
    ["unstructured", { context: [{ file: new Blob(["x"]), unstructured: "yes" }] }],
    ["clinician_notes", { session: { clinician_notes: "none" } }],
    ["patient_sex_code", { patient: { ehr_patient_id: "p", patient_sex_code: "f" } }],
    // What neither form of requests can say.
    [
      "date_of_birth",
      { patient: { ehr_patient_id: "p", date_of_birth: "1980-12-10", birth_date: "1980-10-12" } },
    ],
    ["meta_data", { context: [{ file: new Blob(["x"]), meta_data: "unstructured" }] }],
    [
      "unstructured",
      { context: [{ file: new Blob(["x"]), unstructured: true, meta_data: { unstructured: false } }] },
    ],
  ];

  it.each(bad)("%s: %j", async (argument, more) => {
    expect((await refusal({}, more as Partial<ConsultInput>)).argument).toBe(argument);
  });

  it.each<[string, ConsultInput["audio"], string]>([
    ["is a document", new Blob(["%PDF-1.4 canary"]), "is not audio but application/pdf"],
    [
      "is text",
      { data: new TextEncoder().encode("notes of a visit, no sound") },
      "is not audio but text/plain",
    ],
    ["is empty", new Blob([]), "is empty (0 bytes)"],
    ["does not exist", fileFromPath("/nonexistent/canary.ogg"), "it does not exist (ENOENT)"],
    ["has another size", { data: new Blob(["canary"]), sizeBytes: 7 }, "has 6 bytes"],
  ])("a recording that %s", async (_, audio, reason) => {
    const failure: unknown = await hurrying(() => clinic.run({}, {}, { audio }).catch((error) => error));
    expect(failure).toBeInstanceOf(HeidiUploadError);
    expect(failure).toMatchObject({ message: expect.stringContaining(reason), outcome: "not-sent" });
    // The clinic itself reads the templates.
    expect(clinic.sandbox.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("a stream is checked by its upload, and arrives whole", async () => {
    async function* stream() {
      yield new TextEncoder().encode("canary-");
      yield new TextEncoder().encode("audio");
    }
    const audio = { data: stream(), contentType: "audio/ogg" };
    expect(await hurrying(() => clinic.run({}, {}, { audio }))).toMatchObject({ status: "done" });
    expect(clinic.session?.audio.map(({ size_bytes }) => size_bytes)).toEqual([12]);
  });

  const badOptions: [string, object | null][] = [
    ["options", null],
    ["reconcileTimeoutMs", { reconcileTimeoutMs: 0 }],
    ["reconcileTimeoutMs", { reconcileTimeoutMs: Number.NaN }],
    ["waitTimeoutMs", { waitTimeoutMs: -1 }],
    ["intervalMs", { intervalMs: "1" }],
    ["timeoutMs", { timeoutMs: Number.POSITIVE_INFINITY }],
    ["signal", { signal: {} }],
    ["journal", { journal: {} }],
    ["resolve", { resolve: null }],
    ["resolve", { resolve: "audio" }],
    ["resolve", { resolve: { step: "__proto__", done: true } }],
    ["resolve", { resolve: { step: "toString", done: false } }],
    ["resolve", { resolve: { step: "audio", done: "no" } }],
    ["acceptPartial", { acceptPartial: "yes" }],
    ["resume", { journal: { load: () => null, save: () => null }, resume: {} }],
  ];

  it.each(badOptions)("option %s: %j [F13][G9]", async (argument, options) => {
    expect((await refusal(options as ConsultOptions)).argument).toBe(argument);
  });
});
