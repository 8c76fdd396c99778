import type {
  HeidiPollError,
  Poller,
  Transcript,
  TranscriptPollOptions,
  TranscriptState,
} from "heidi-health-sdk";
import { createSandbox, createVirtualClock } from "heidi-health-sdk/sandbox";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultServer, type Step, startFaultServer } from "./harness.ts";
import { answer, ID, inTurn } from "./script.ts";
import { clientOf, closeAll, failureOf, readyUserOf, SECRET } from "./sdk.ts";

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await closeAll();
  await server.reset();
});
afterAll(() => server.close());

describe("a consult in the sandbox", () => {
  it("is waited for from document to note [F1]", async () => {
    // The server's work takes some polls, however long a poll takes.
    const clock = createVirtualClock();
    await using sandbox = await createSandbox({
      clock,
      timings: { parsingMs: 300, transcriptionMs: 150, codingMs: 80 },
      streamDelayMs: 0,
    });
    const heidi = clientOf(sandbox.baseUrl, { apiKey: sandbox.apiKey });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "2" });
    const options = { intervalMs: 20, onPoll: () => clock.advance(100) };
    const { session_id: id = "" } = await clinician.sessions.create();
    const file = new File(["letter"], "letter.pdf");
    const { id: documentId = "" } = await clinician.sessionContext.uploadDocument(id, { file });
    const statuses = new Set<unknown>();
    const parsing = clinician.sessionContext.waitForDocument(id, documentId, options);
    for await (const { status } of parsing) statuses.add(status);
    expect(statuses).toEqual(new Set(["PARSING", "READY"]));
    expect(await parsing).toMatchObject({ id: documentId, status: "READY" });

    await clinician.transcription.uploadAudio(id, { file: new File(["x"], "visit.mp3") });
    const { transcript } = await clinician.transcription.waitForTranscript(id, options);
    expect(transcript).toMatch(/\w/);
    const coding = { coding_system: "SNOMED-CT" } as const;
    const { entities } = await clinician.clinicalCoding.waitForCodes(id, coding, options);
    expect(entities).not.toEqual([]);

    const note = clinician.consultNotes.waitForNote(id, { ...options, timeoutMs: 60_000 }).then();
    const template_id = (await clinician.templates.list()).data?.[0]?.id ?? "";
    const written = await clinician.consultNotes
      .generate(id, {
        generation_method: "TEMPLATE",
        template_id,
        addition: "",
        voice_style: "BRIEF",
        brain: "LEFT",
      })
      .text();
    expect((await note).result).toBe(written);
    await heidi.close();
  });

  it("without a document of that id is told so after a while, not at once [F7]", async () => {
    await using sandbox = await createSandbox();
    const heidi = clientOf(sandbox.baseUrl, { apiKey: sandbox.apiKey });
    const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "3" });
    const { session_id: id = "" } = await clinician.sessions.create();
    const wait = clinician.sessionContext.waitForDocument(id, SECRET, { intervalMs: 50, timeoutMs: 300 });
    expect(await failureOf(wait)).toMatchObject({ fault: "deadline" });
    await heidi.close();
  });
});

describe("the look for a transcript", () => {
  const TEXT = `/sessions/${ID}/transcript`;
  const LIVE = `${TEXT}/live`;
  const text = (transcript: string): Step => answer({ session_id: ID, transcript });
  const live = (...statuses: string[]): Step =>
    answer({ chunks: statuses.map((status, index) => ({ id: `${index}`, status, text: SECRET })) });
  const wait = (more: TranscriptPollOptions = {}): Poller<Transcript, TranscriptState> =>
    readyUserOf(server.url).transcription.waitForTranscript(ID, {
      intervalMs: 20,
      timeoutMs: 30_000,
      ...more,
    });

  it("waits for the last piece, and reads the text again when it is there [F3]", async () => {
    await server.script(
      ...inTurn(TEXT, [text("one")], [text("one")], [text("one two")]),
      ...inTurn(LIVE, [live("READY", "PENDING")], [live("READY", "READY")]),
    );
    expect(await wait()).toMatchObject({ transcript: "one two" });
  });

  it("fails when a piece failed and none is open, with the rest of the text at hand [F3]", async () => {
    await server.script(
      { path: TEXT, steps: [text(`one ${SECRET}`)] },
      ...inTurn(LIVE, [live("FAILED", "PENDING")], [live("FAILED", "READY")]),
    );
    const error = await failureOf(wait());
    expect(error).toMatchObject({ fault: "failed", lastStatus: "FAILED", attempts: 2 });
    const { answer: found } = (error as HeidiPollError).lastState as { answer: TranscriptState };
    expect(found.transcript.transcript).toContain("one");
    expect(await wait({ acceptPartial: true })).toMatchObject({ transcript: `one ${SECRET}` });
  });

  it("takes the text as it is where there is no live transcript [F3]", async () => {
    const none = [answer({ detail: "no" }, { status: 404 })];
    await server.script(...inTurn(TEXT, [text("")], [text("all")]), { path: LIVE, steps: none });
    expect(await wait()).toMatchObject({ transcript: "all" });
    expect(await server.requests({ path: TEXT })).toHaveLength(2);
  });
});

describe("findOrCreate", () => {
  const PATH = "/patient-profiles";
  const made = { id: "a", ehr_patient_id: SECRET };
  const cutAnswer: Step = { ...answer(made, { status: 201 }), sendOnly: 4 };

  it.each<[string, Step[]]>([
    ["read and then reset", [{ do: "rst" }]],
    ["answered with half an answer", [cutAnswer, { do: "wait", ms: 10 }, { do: "rst" }]],
    ["answered with a 502", [answer({}, { status: 502 })]],
  ])("finds what a create made that was %s, and creates nothing more [C3]", async (_, steps) => {
    await server.script(
      { method: "POST", path: PATH, steps },
      { method: "GET", path: PATH, times: 1, steps: [answer({ data: [] })] },
      { method: "GET", path: PATH, steps: [answer({ data: [made] })] },
    );
    const clinician = readyUserOf(server.url, { maxRetries: 5 });
    expect(await clinician.patientProfiles.findOrCreate({ ehr_patient_id: SECRET })).toEqual(made);
    expect(await server.requests({ method: "POST", path: PATH })).toHaveLength(1);
  });

  it("never repeats a create that timed out: the server may still be at it [C3]", async () => {
    await server.script(
      { method: "POST", path: PATH, steps: [{ do: "stall" }] },
      { method: "GET", path: PATH, steps: [answer({ data: [] })] },
    );
    const clinician = readyUserOf(server.url, { timeoutMs: 500 });
    const error = await failureOf(clinician.patientProfiles.findOrCreate({ ehr_patient_id: SECRET }));
    expect(error).toMatchObject({ name: "HeidiTimeoutError", outcome: "unknown" });
    expect(await server.requests({ method: "POST", path: PATH })).toHaveLength(1);
  });
});
