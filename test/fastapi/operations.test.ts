import { HeidiConflictError } from "heidi-health-sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasFastApi, type Received, Service } from "./service.ts";
import {
  AUDIO,
  Clinic,
  DOCUMENT,
  LETTER_TEMPLATE,
  NOTE,
  NOTE_TEMPLATE,
  services,
  sha256,
} from "./support.ts";

const SESSION = "/sessions/{session_id}";
const PROFILE = "/patient-profiles/{patient_profile_id}";
const SEGMENTS = `${SESSION}/restful-segment-transcription`;
const BORN = "1980-12-10";

/** A template of one's own, as the public pages have it. */
const TEMPLATE = {
  template: "Falls risk",
  questions: [
    {
      questionId: "q1",
      question: "Any falls this year?",
      answerType: "SingleResponse" as const,
      answerOptions: [{ value: "yes" }, { value: "no" }],
    },
    { questionId: "q2", question: "What was said?", answerType: "TextArea" as const },
  ],
  summaryRequired: true,
};

const jsonOf = ({ body }: Received): Record<string, unknown> => Object(body) as Record<string, unknown>;

describe.skipIf(!hasFastApi).each(services)(
  "a FastAPI service of the $dialect dialect with streams as $framing (needs python3-fastapi)",
  (options) => {
    const { dialect } = options;
    const documented = dialect === "documented";
    const pick = <T>(spec: T, other: T): T => (documented ? other : spec);
    let service: Service;
    let clinic: Clinic;

    beforeAll(async () => {
      service = await Service.start(options);
    });
    afterAll(() => service.stop());
    beforeEach(() => {
      clinic = new Clinic(service, { dialect });
    });
    afterEach(() => clinic[Symbol.asyncDispose]());

    it("exchanges the key for a token that it accepts, and whose end it tells", async () => {
      const query = { email: clinic.email, third_party_internal_id: "ehr-42" };
      const { token, expiration_time } = await clinic.heidi.authentication.getJwt(query);
      expect(token.split(".")).toHaveLength(3);
      expect(Date.parse(expiration_time)).toBeGreaterThan(Date.now() + 3_000_000);
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${service.url}/templates/document-templates`, { headers });
      expect(answer.status).toBe(200);
    });

    it("lists templates", async () => {
      const { data = [] } = await clinic.clinician.templates.list();
      expect(data.map(({ id, name, template_category }) => ({ id, name, template_category }))).toEqual([
        { id: NOTE_TEMPLATE, name: "SOAP note", template_category: "CONSULT_NOTE_TEMPLATE" },
        { id: LETTER_TEMPLATE, name: "Referral letter", template_category: "DOCUMENT_TEMPLATE" },
      ]);
    });

    it.each([{ field: "date_of_birth" }, { field: "birth_date" }] as const)(
      "keeps a patient's birthday that it is given as $field",
      async ({ field }) => {
        const { patientProfiles } = clinic.clinician;
        const created = await patientProfiles.create({
          first_name: "Ada",
          ehr_patient_id: "p-1",
          [field]: BORN,
        });
        expect(created).toMatchObject({ first_name: "Ada", ehr_patient_id: "p-1", date_of_birth: BORN });
        expect(created.id).toMatch(/^[\da-f]{24}$/);
        const sent = await clinic.only("POST", "/patient-profiles");
        expect(jsonOf(sent)).toMatchObject({ [pick("date_of_birth", "birth_date")]: BORN });

        const id = created.id ?? "";
        const updated = await patientProfiles.update(id, { [field]: "1981-01-02", gender: "FEMALE" });
        expect(updated).toMatchObject({
          id,
          first_name: "Ada",
          gender: "FEMALE",
          date_of_birth: "1981-01-02",
        });
        expect(await patientProfiles.get(id)).toMatchObject({ id, date_of_birth: "1981-01-02" });
        const patched = await clinic.only("PATCH", PROFILE);
        expect(jsonOf(patched)).toMatchObject({ [pick("date_of_birth", "birth_date")]: "1981-01-02" });
      },
    );

    it("lists the profiles of a patient and of a provider", async () => {
      const { patientProfiles } = clinic.clinician;
      const patients = [
        { ehr_patient_id: "p-1", provider: "one" },
        { ehr_patient_id: "p-1", provider: "two" },
        { ehr_patient_id: "p-2", provider: "two", date_of_birth: BORN },
      ];
      for (const patient of patients) await patientProfiles.create(patient);
      expect((await patientProfiles.list()).data).toHaveLength(3);
      expect((await patientProfiles.list({ ehr_patient_id: "p-1" })).data).toHaveLength(2);
      const { data = [] } = await patientProfiles.list({ ehr_patient_id: "p-2", provider: "two" });
      expect(data.map(({ ehr_patient_id, date_of_birth }) => [ehr_patient_id, date_of_birth])).toEqual([
        ["p-2", BORN],
      ]);
      expect((await patientProfiles.list({ provider: "one" })).data).toHaveLength(1);
      const sent = (await clinic.all("GET", "/patient-profiles")).at(-1);
      expect(sent?.query).toMatchObject({ [pick("provider", "ehr_provider")]: ["one"] });
    });

    it("deletes profiles", async () => {
      const { patientProfiles } = clinic.clinician;
      const { id = "" } = await patientProfiles.create({ first_name: "Ada" });
      await patientProfiles.create({ first_name: "Bo" });
      expect(await patientProfiles.batchDelete({ patient_profile_ids: [id] })).toBeUndefined();
      const { data = [] } = await patientProfiles.list();
      expect(data.map(({ first_name }) => first_name)).toEqual(["Bo"]);
    });

    it.each(["session_id", "session_ids"] as const)(
      "links a session that it is given as %s to a patient",
      async (field) => {
        const { patientProfiles, sessions } = clinic.clinician;
        const session_id = await clinic.session();
        const { id = "" } = await patientProfiles.create({ ehr_patient_id: "p-9" });
        await patientProfiles.linkSession(
          id,
          field === "session_id" ? { session_id } : { session_ids: [session_id] },
        );
        expect((await sessions.get(session_id)).patient).toMatchObject({ ehr_patient_id: "p-9" });
        const sent = await clinic.only("POST", `${PROFILE}/sessions`);
        expect(jsonOf(sent)).toMatchObject(pick<object>({ session_id }, { session_ids: [session_id] }));
      },
    );

    it("creates a session, shows it and changes it", async () => {
      const { sessions, patientProfiles } = clinic.clinician;
      const { id } = await patientProfiles.create({ ehr_patient_id: "p-1" });
      const { session_id = "" } = await sessions.create({
        patient_profile_id: id,
        ehr_appointment_id: "apt-7",
      });
      expect(session_id).toMatch(/^\d{37,39}$/);
      const session = await sessions.get(session_id);
      expect(session).toMatchObject({ session_id, patient: { ehr_patient_id: "p-1" }, documents: [] });
      const details = { language_code: "de", clinician_notes: ["Dry cough – 38.2 °C"], duration: 312 };
      expect(await sessions.update(session_id, details)).toMatchObject({ session_id, ...details });
      expect(jsonOf(await clinic.only("PATCH", SESSION))).toEqual(details);
      expect((await sessions.create()).session_id).not.toBe(session_id);
    });

    it("lists a clinician's sessions, page by page when there are more", async () => {
      const { sessions } = clinic.clinician;
      const made: string[] = [];
      for (let count = 0; count < 3; count += 1) made.push(await clinic.session());
      const { data = [], has_next } = await sessions.listLinkedUser({ page_size: 2 });
      expect(data.map(({ session_id }) => session_id)).toEqual([made[2], made[1]]);
      expect(has_next).toBe(true);
      const all: unknown[] = [];
      for await (const { session_id } of sessions.iterateLinkedUser({ page_size: 2 })) all.push(session_id);
      expect(all).toEqual([...made].reverse());
    });

    it.each([true, false, undefined])(
      "takes a context document whose structure matters or not (unstructured: %s), lists and deletes it",
      async (unstructured) => {
        const { sessionContext } = clinic.clinician;
        const session_id = await clinic.session();
        const file = { data: DOCUMENT, filename: "letter ü.pdf", contentType: "application/pdf" };
        const body = { file, ...(unstructured === undefined ? {} : { unstructured }) };
        const uploaded = await sessionContext.uploadDocument(session_id, body);
        expect(uploaded).toMatchObject({ filename: "letter ü.pdf", unstructured: unstructured === true });
        const { parts } = await clinic.only("POST", `${SESSION}/context-documents`);
        expect(parts.find((part) => part.sha256 !== undefined)).toEqual({
          name: pick("file", "context_documents"),
          filename: "letter ü.pdf",
          content_type: "application/pdf",
          size_bytes: DOCUMENT.length,
          sha256: sha256(DOCUMENT),
        });
        // A file goes once, under one name.
        expect(parts.filter((part) => part.sha256 !== undefined)).toHaveLength(1);
        if (documented) {
          const meta = parts.find(({ name }) => name === "meta_data")?.value ?? "";
          expect(JSON.parse(meta)).toEqual(unstructured === undefined ? {} : { unstructured });
        }
        const { data = [] } = await sessionContext.listDocuments(session_id);
        expect(data.map(({ id, filename }) => [id, filename])).toEqual([[uploaded.id, "letter ü.pdf"]]);
        expect(
          await sessionContext.deleteDocuments(session_id, { ids: [uploaded.id ?? ""] }),
        ).toBeUndefined();
        expect((await sessionContext.listDocuments(session_id)).data).toEqual([]);
        const { query, status } = await clinic.only("DELETE", `${SESSION}/context-documents`);
        expect([query["ids"], status]).toEqual([[uploaded.id], 204]);
      },
    );

    it("takes a recording whole, and its time", async () => {
      const { transcription } = clinic.clinician;
      const session_id = await clinic.session();
      const file = { data: AUDIO, filename: "visit.mp3", contentType: "audio/mpeg" };
      const times = { start_time: "2026-11-27T09:00:00.000Z", end_time: "2026-11-27T09:05:12.000Z" };
      const uploaded = await transcription.uploadAudio(session_id, { file, ...times });
      if (documented) expect(uploaded).toMatchObject({ index: 0, status: "INITIALIZED", access_url: null });
      else expect(uploaded).toBeUndefined();
      const { parts, content_type } = await clinic.only("POST", `${SESSION}/upload-audio`);
      expect(content_type).toMatch(/^multipart\/form-data; boundary=/);
      const size_bytes = AUDIO.length;
      expect(parts.filter(({ name }) => name === "file")).toEqual([
        {
          name: "file",
          filename: "visit.mp3",
          content_type: "audio/mpeg",
          size_bytes,
          sha256: sha256(AUDIO),
        },
      ]);
      const texts = parts.filter(({ name }) => name !== "file").map(({ name, value }) => [name, value]);
      expect(Object.fromEntries(texts)).toEqual(times);
    });

    it("transcribes a recording while it is asked, and shows its pieces", async () => {
      const { transcription } = clinic.clinician;
      const session_id = await clinic.recorded();
      const { transcript = "", language_code } = await transcription.get(session_id);
      expect(transcript).toMatch(/^Doctor: What brings you in\?\nPatient: .*“worse at night”, 38\.2 °C\.$/);
      expect(language_code).toBe("en");
      const { chunks = [], active_source } = await transcription.getLive(session_id, {
        recording_status: "in_progress",
      });
      expect(chunks.map(({ status, text }) => [status, text])).toEqual([["READY", transcript]]);
      expect(active_source).toBe("USER_UPLOADED");
      const { query } = await clinic.only("GET", `${SESSION}/transcript/live`);
      expect(query["recording_status"]).toEqual(["in_progress"]);
    });

    it("takes a recording in segments", async () => {
      const { transcription } = clinic.clinician;
      const session_id = await clinic.session();
      const { recording_id = "" } = await transcription.createRecording(session_id);
      for (const index of ["0", "1"]) {
        const body = { file: { data: AUDIO, filename: "part.ogg", contentType: "audio/ogg" }, index };
        expect(await transcription.transcribeSegment(session_id, recording_id, body)).toEqual({
          is_success: true,
        });
      }
      expect(await transcription.finishRecording(session_id, recording_id)).toEqual({ is_success: true });
      const segments = await clinic.all("POST", `${SEGMENTS}/{recording_id}:transcribe`);
      expect(segments.map(({ parts }) => parts.find(({ name }) => name === "index")?.value)).toEqual([
        "0",
        "1",
      ]);
      for (const { parts } of segments)
        expect(parts).toContainEqual(expect.objectContaining({ name: "file", sha256: sha256(AUDIO) }));
      const { transcript } = await transcription.get(session_id);
      expect(transcript).toBe(`Segment 0 of ${AUDIO.length} bytes.\nSegment 1 of ${AUDIO.length} bytes.`);
    });

    it("streams a note, word for word what the session keeps", async () => {
      const { consultNotes, sessions } = clinic.clinician;
      const session_id = await clinic.recorded();
      const note = consultNotes.generate(session_id, NOTE);
      const pieces: string[] = [];
      for await (const { data } of note) pieces.push(data ?? "");
      expect(pieces.length).toBeGreaterThan(10);
      const text = pieces.join("");
      expect(text).toMatch(/^Subjective:\n- Patient: .*“worse at night”, 38\.2 °C\.\n\nObjective:/);
      expect(text.endsWith("Seen with her daughter.\n")).toBe(true);
      const { consult_note } = await sessions.get(session_id);
      expect(consult_note).toMatchObject({ result: text, voice_style: "GOLDILOCKS", brain: "LEFT" });
      const sent = await clinic.only("POST", `${SESSION}/consult-note`);
      expect(sent).toMatchObject({ status: 200, complete: true, content_type: "application/json" });
      expect(jsonOf(sent)).toEqual(NOTE);
      expect(await consultNotes.generate(session_id, NOTE).text()).toBe(text);
    });

    it.each([
      ["itself", TEMPLATE],
      ["with its content type", { template: TEMPLATE, content_type: "MARKDOWN" as const }],
    ])("fills a template that it is given %s", async (_, body) => {
      const { consultNotes } = clinic.clinician;
      const session_id = await clinic.recorded();
      await consultNotes.generate(session_id, NOTE).text();
      const filled = await consultNotes.generateFromTemplate(session_id, body);
      expect(filled).toMatchObject({
        questionAnswers: [
          { questionId: "q1", answer: [{ value: "yes", additionalDetails: null }] },
          { questionId: "q2", answer: [{ value: expect.stringMatching(/38\.2 °C/) }] },
        ],
        summary: "Doctor: What brings you in?",
      });
      const sent = await clinic.only("POST", `${SESSION}/client-customised-template/response`);
      if (documented) expect(jsonOf(sent)).toMatchObject(TEMPLATE);
      else expect(jsonOf(sent)["template"]).toEqual(TEMPLATE);
    });

    it.each([
      ["with a voice", { voice_style: "BRIEF" as const }],
      ["without a voice", {}],
      ["for a kind of tab", { document_tab_type: "DOCUMENT" }],
    ])("writes a document %s, and lists it", async (_, more) => {
      const { documents } = clinic.clinician;
      const session_id = await clinic.recorded();
      const written = await documents.generate(session_id, {
        generation_method: "TEMPLATE",
        template_id: LETTER_TEMPLATE,
        brain: "LEFT",
        ...more,
      });
      expect(written).toMatchObject({ index: 0, name: "Referral letter", template_id: LETTER_TEMPLATE });
      expect(written.content).toMatch(/^Findings:\n- Patient: /);
      const { data = [] } = await documents.list(session_id);
      expect(data.map(({ id, content }) => [id, content])).toEqual([[written.id, written.content]]);
      expect(jsonOf(await clinic.only("POST", `${SESSION}/documents`))).toMatchObject(more);
    });

    it("codes a consult, and names codes in the type's own fields", async () => {
      const { clinicalCoding } = clinic.clinician;
      const session_id = await clinic.recorded();
      const first = await clinicalCoding.getCodes(session_id, { coding_system: "SNOMED-CT" });
      expect(first).toMatchObject({ status: "PROCESSING", entities: [] });
      const { entities = [] } = await clinicalCoding.waitForCodes(
        session_id,
        { coding_system: "SNOMED-CT" },
        { intervalMs: 20 },
      );
      const codes = entities.map(({ primary_code }) => primary_code);
      expect(codes.map((code) => [code?.code, code?.description, code?.coding_system])).toEqual([
        ["49727002", "Cough", pick("SNOMED-CT", "snomed_ct_au")],
        ["386661006", "Fever", pick("SNOMED-CT", "snomed_ct_au")],
      ]);
    });

    it("streams an answer, white space and all", async () => {
      const session_id = await clinic.recorded();
      const question = {
        ai_command_text: "What’s wrong?",
        content: "A note.",
        content_type: "MARKDOWN",
      } as const;
      let text = "";
      for await (const piece of clinic.clinician.askHeidi.ask(session_id, question).textStream())
        text += piece;
      expect(text).toMatch(/^You asked: What’s wrong\?\n\n {2}– Patient: .*38\.2 °C\.\nThat is all\.\n$/);
      expect(jsonOf(await clinic.only("POST", `${SESSION}/ask-ai`))).toEqual(question);
    });

    it("links an account once, tells of it and unlinks it", async () => {
      const { account } = clinic.clinician;
      expect(await account.access()).toMatchObject({ is_linked: false, account: null });
      const { account: linked } = await account.link({ kinde_user_id: "kp_1" });
      expect(linked).toMatchObject({ user_id: "kp_1", ehr_email: clinic.email });
      expect(await account.access()).toMatchObject({ is_linked: true, account: { user_id: "kp_1" } });
      const conflict = await account.link({ kinde_user_id: "kp_2" }).catch((error: unknown) => error);
      expect(conflict).toBeInstanceOf(HeidiConflictError);
      expect(conflict).toMatchObject({ type: "OpenAPIHeidiAccountAlreadyLinkedError", outcome: "rejected" });
      expect(await account.unlink()).toEqual({ is_success: true });
      expect(await account.access()).toMatchObject({ is_linked: false });
      expect((await clinic.all("POST", "/users/linked-account")).map(({ status }) => status)).toEqual([
        200, 409,
      ]);
    });
  },
);
