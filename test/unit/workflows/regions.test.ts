import { Heidi, HeidiConflictError, type HeidiUser } from "heidi-health-sdk";
import { createSandbox, type Sandbox } from "heidi-health-sdk/sandbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const identity = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };
const audio = { data: new TextEncoder().encode(`OggS${"\0".repeat(60)}`), filename: "visit.ogg" };
const style = { generation_method: "TEMPLATE", voice_style: "GOLDILOCKS", brain: "LEFT" } as const;

describe.each(["spec", "documented"] as const)(
  "the same program, against the %s deployment",
  (deployment) => {
    let sandbox: Sandbox;
    let heidi: Heidi;
    let clinician: HeidiUser;

    beforeEach(async () => {
      const timings = { parsingMs: 0, transcriptionMs: 0, codingMs: 0 };
      sandbox = await createSandbox({ deployment, timings, streamDelayMs: 0 });
      const { baseUrl, fetch } = sandbox;
      heidi = new Heidi({ apiKey: "heidi-sandbox-key", baseUrl, fetch, maxRetries: 0 });
      clinician = heidi.forUser(identity);
    });
    afterEach(async () => {
      await heidi.close();
      await sandbox.close();
    });

    const newSession = async (): Promise<string> => (await clinician.sessions.create()).session_id ?? "";

    it("keeps patients: makes, finds, changes and lists them", async () => {
      const body = { ehr_patient_id: "p-1", first_name: "Ada" };
      const made = await clinician.patientProfiles.findOrCreate(body);
      expect(made).toMatchObject(body);
      const id = made.id ?? "";
      expect(await clinician.patientProfiles.findOrCreate(body)).toEqual(
        await clinician.patientProfiles.get(id),
      );
      expect(await clinician.patientProfiles.update(id, { last_name: "Example" })).toMatchObject({
        ...body,
        last_name: "Example",
      });
      const listed = await allOf(clinician.patientProfiles.iterate());
      expect(listed.map((profile) => profile.id)).toEqual([id]);
    });

    it("runs a consult from the recording to the codes", async () => {
      const id = await newSession();
      expect(await clinician.transcription.uploadAudio(id, { file: audio })).toMatchObject({ index: 0 });
      const { transcript } = await clinician.transcription.waitForTranscript(id);
      expect(transcript).not.toBe("");
      const template_id = (await clinician.templates.list()).data?.[0]?.id ?? "";
      const text = await clinician.consultNotes.generate(id, { ...style, template_id, addition: "" }).text();
      expect(text).not.toMatch(/^\s*(?:data:|\{)/);
      expect((await clinician.consultNotes.waitForNote(id)).result).toBe(text);
      expect((await clinician.sessions.get(id)).consult_note).toMatchObject({ result: text });
      const made = await clinician.documents.generate(id, { ...style, template_id });
      expect((await clinician.documents.list(id)).data?.map((document) => document.id)).toEqual([made.id]);
      const { entities } = await clinician.clinicalCoding.waitForCodes(id, { coding_system: "SNOMED-CT" });
      expect(entities?.[0]?.primary_code?.code).toMatch(/^\d+$/);
    });

    it("waits for codes without a query where the deployment needs none, and else asks for one", async () => {
      const id = await newSession();
      await clinician.transcription.uploadAudio(id, { file: audio });
      const wait = clinician.clinicalCoding.waitForCodes(id);
      if (deployment === "documented") expect((await wait).status).toBe("READY");
      else await expect(wait).rejects.toMatchObject({ status: 422, operation: "getSessionClinicalCodes" });
      const fixed = new Heidi({
        apiKey: sandbox.apiKey,
        baseUrl: sandbox.baseUrl,
        fetch: sandbox.fetch,
        dialect: deployment,
      });
      const again = fixed.forUser(identity).clinicalCoding.waitForCodes(id, undefined, { intervalMs: 10 });
      if (deployment === "documented") expect((await again).entities).not.toEqual([]);
      else await expect(again).rejects.toMatchObject({ argument: "coding_system" });
    });

    it("lists sessions over pages", async () => {
      const ids = [await newSession(), await newSession(), await newSession()];
      const sessions = await allOf(clinician.sessions.iterateLinkedUser({ page_size: 2 }));
      expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(ids.sort());
      const { data, has_next } = await clinician.sessions.listLinkedUser({ page_size: 2 });
      expect([data?.length, has_next]).toEqual([2, true]);
    });

    it("records in segments", async () => {
      const id = await newSession();
      const { recording_id = "" } = await clinician.transcription.createRecording(id);
      for (const index of ["0", "1"]) {
        const sent = await clinician.transcription.transcribeSegment(id, recording_id, {
          file: audio,
          index,
        });
        expect(sent).toEqual({ is_success: true });
      }
      expect(await clinician.transcription.finishRecording(id, recording_id)).toEqual({ is_success: true });
      expect((await clinician.transcription.waitForTranscript(id)).transcript).not.toBe("");
    });

    it("links the clinician's account once, and finds nothing to mend", async () => {
      expect(await heidi.diagnose(identity)).toMatchObject({ ok: true, deployment: "local", linked: false });
      await clinician.account.link({ kinde_user_id: "kp_1" });
      const again = clinician.account.link({ kinde_user_id: "kp_2" });
      await expect(again).rejects.toBeInstanceOf(HeidiConflictError);
      expect(await clinician.account.access()).toMatchObject({
        is_linked: true,
        account: { user_id: "kp_1" },
      });
      expect(await heidi.diagnose(identity)).toMatchObject({ ok: true, linked: true });
      await clinician.account.unlink();
      expect((await clinician.account.access()).is_linked).toBe(false);
    });
  },
);

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
