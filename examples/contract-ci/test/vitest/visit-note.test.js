import { HeidiServerError } from "heidi-health-sdk";
import { sandboxMatchers } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeVisitNote } from "../../src/visit-note.js";
import { start, visit } from "../start.js";

expect.extend(sandboxMatchers);

// Public documentation and the API's description differ; an integration that passes both is safe with either.
describe.each(["spec", "documented"])("with the %s deployment of Heidi", (deployment) => {
  let test;
  beforeEach(async () => {
    test = await start(deployment);
  });
  afterEach(() => test.stop());

  it("writes a note from a recording", async () => {
    const { note, complete } = await writeVisitNote(test.heidi, visit);
    expect(complete).toBe(true);
    expect(note).toContain("## Plan");
    expect(note).toContain("Increase ramipril to 10 mg once a day.");
  });

  it("asks for what it needs, and nothing else", async () => {
    await writeVisitNote(test.heidi, visit);
    expect(test.sandbox).toHaveReceived("sessions.create", {
      identity: { email: "dr@clinic.example", third_party_internal_id: "ehr-42" },
      body: { ehr_appointment_id: "apt-1" },
    });
    expect(test.sandbox).toHaveReceived("transcription.uploadAudio", {
      files: { file: { sizeBytes: visit.recording.length, contentType: "audio/ogg" } },
    });
    expect(test.sandbox).toHaveReceivedTimes("consultNotes.generate", 1);
  });

  it("keeps a note that breaks off as a draft", async () => {
    test.sandbox.fault("consultNotes.generate", { kind: "truncate", afterPieces: 4 });
    expect(await writeVisitNote(test.heidi, visit)).toMatchObject({
      complete: false,
      note: expect.stringMatching(/^## Subjective/),
    });
  });

  it("gets through a busy hour, and through a token that is revoked", async () => {
    test.sandbox.fault("sessions.create", { kind: "status", status: 429, retryAfterMs: 0, times: 2 });
    test.sandbox.fault("templates.list", { kind: "token", token: "revoked" });
    expect(await writeVisitNote(test.heidi, visit)).toMatchObject({ complete: true });
    expect(test.sandbox.state().users[0].sessions).toHaveLength(1);
  });

  it("never makes a second session when it cannot know whether there is a first", async () => {
    test.sandbox.fault("sessions.create", { kind: "status", status: 500, processed: true });
    await expect(writeVisitNote(test.heidi, visit)).rejects.toBeInstanceOf(HeidiServerError);
    expect(test.sandbox.state().users[0].sessions).toHaveLength(1);
  });

  it("files the note exactly as Heidi wrote it", async () => {
    test.sandbox.script("consultNotes.generate", ["## Plan\n\n", "- Rest\n", "- data: {not framing}\n"]);
    const { note } = await writeVisitNote(test.heidi, visit);
    expect(note).toBe("## Plan\n\n- Rest\n- data: {not framing}\n");
  });
});
