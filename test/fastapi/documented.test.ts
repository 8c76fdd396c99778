import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasFastApi, Service } from "./service.ts";
import { AUDIO, Clinic, DOCUMENT, NOTE } from "./support.ts";

const SESSION = "/sessions/{session_id}";

describe.skipIf(!hasFastApi)(
  "what only the documented dialect of a FastAPI service has (needs python3-fastapi)",
  () => {
    let service: Service;
    let clinic: Clinic;
    beforeAll(async () => {
      service = await Service.start({ dialect: "documented", framing: "sse", contextList: "envelope" });
    });
    afterAll(() => service.stop());
    beforeEach(() => {
      clinic = new Clinic(service, { dialect: "documented" });
    });
    afterEach(() => clinic[Symbol.asyncDispose]());

    it.each([
      ["an object", { Complaint: "", Plan: "" }],
      ["text", '{"Complaint":"","Plan":""}'],
    ])("streams a note by a template of one's own that is %s", async (_, third_party_template) => {
      const session_id = await clinic.recorded();
      const { template_id: __, ...rest } = NOTE;
      const body = { ...rest, generation_method: "THIRD_PARTY_TEMPLATE", third_party_template } as const;
      const text = await clinic.clinician.consultNotes.generate(session_id, body).text();
      expect(text).toMatch(/^Complaint:\n.*\n\nPlan:\n/);
      expect((await clinic.only("POST", `${SESSION}/consult-note`)).body).toMatchObject({
        third_party_template: '{"Complaint":"","Plan":""}',
      });
    });

    it("codes a consult without being told a coding system", async () => {
      const session_id = await clinic.recorded();
      await clinic.clinician.clinicalCoding.getCodes(session_id);
      expect((await clinic.only("GET", `${SESSION}/clinical-codes`)).query).toEqual({});
    });

    it("gives a presigned address of a recording when its life is asked for", async () => {
      const session_id = await clinic.session();
      const uploaded = await clinic.clinician.transcription.uploadAudio(session_id, {
        file: { data: AUDIO, filename: "visit.mp3" },
        expiry: 3_600,
      });
      expect(uploaded?.access_url).toMatch(/^http.*expiry=3600$/);
    });

    it("takes facts about a context document as JSON beside it", async () => {
      const session_id = await clinic.session();
      const file = { data: DOCUMENT, filename: "letter.pdf", contentType: "application/pdf" };
      const body = { file, unstructured: true, meta_data: { source: "gp – “Dr Ü”" } };
      const uploaded = await clinic.clinician.sessionContext.uploadDocument(session_id, body);
      expect(uploaded).toMatchObject({ filename: "letter.pdf", unstructured: true });
      const { parts } = await clinic.only("POST", `${SESSION}/context-documents`);
      const meta = parts.find(({ name }) => name === "meta_data")?.value ?? "";
      expect(JSON.parse(meta)).toEqual({ source: "gp – “Dr Ü”", unstructured: true });
    });

    it("lists profiles by pages", async () => {
      const { patientProfiles } = clinic.clinician;
      for (const ehr_patient_id of ["p-1", "p-2", "p-3"]) await patientProfiles.create({ ehr_patient_id });
      const { data = [], total_pages } = await patientProfiles.list({ page: 2, page_size: 2 });
      expect([data.map(({ ehr_patient_id }) => ehr_patient_id), total_pages]).toEqual([["p-3"], 2]);
    });

    it("keeps the name of a session", async () => {
      const session_id = await clinic.session();
      const answer = await clinic.clinician.request("PATCH", `/sessions/${session_id}`, {
        body: { session_name: "Ada" },
      });
      expect(answer).toMatchObject({ session: { session_name: "Ada" } });
      expect((await clinic.clinician.sessions.get(session_id)).session_name).toBe("Ada");
    });
  },
);
