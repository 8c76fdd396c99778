import type { ConsultEnd, ConsultEvent, ConsultInput, ConsultJournal, ConsultState } from "heidi-health-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasFastApi, type Received, Service } from "./service.ts";
import { AUDIO, Clinic, DOCUMENT, LETTER_TEMPLATE, services, sha256 } from "./support.ts";

const SESSION = "/sessions/{session_id}";
const SECOND = new TextEncoder().encode("%PDF-1.4 a result");

const input = (more: Partial<ConsultInput> = {}): ConsultInput => ({
  patient: { ehr_patient_id: "p-1", first_name: "Ada", date_of_birth: "1980-12-10" },
  session: { ehr_appointment_id: "apt-1", language_code: "en", clinician_notes: ["Looks well."] },
  context: [
    { file: { data: DOCUMENT, filename: "letter.pdf", contentType: "application/pdf" } },
    { file: { data: SECOND, filename: "result.pdf", contentType: "application/pdf" }, unstructured: true },
  ],
  audio: { data: AUDIO, filename: "visit.mp3", contentType: "audio/mpeg" },
  document: { template_id: LETTER_TEMPLATE },
  coding_system: "SNOMED-CT",
  ask: "What comes next?",
  ...more,
});

/** As it is stored: text. A process that dies stores nothing more. */
class MemoryJournal implements ConsultJournal {
  saved: string | undefined;
  /** Dies instead of storing the first state that fits. */
  dieAt: ((state: ConsultState) => boolean) | undefined;
  dead = false;

  load(): unknown {
    return this.saved === undefined ? undefined : JSON.parse(this.saved);
  }

  save(state: ConsultState): void {
    if (this.dieAt?.(state)) this.dead = true;
    if (this.dead) throw new Death();
    this.saved = JSON.stringify(state);
  }
}

class Death extends Error {}

/** How often each thing was made: requests that the service took. */
function counts(received: readonly Received[]): Record<string, number> {
  const made = received.filter(({ method, status }) => method !== "GET" && Number(status) < 400);
  const total: Record<string, number> = {};
  for (const { method, path } of made) total[`${method} ${path}`] = (total[`${method} ${path}`] ?? 0) + 1;
  return total;
}

const ONE_OF_EACH = {
  "POST /patient-profiles": 1,
  "POST /sessions": 1,
  [`PATCH ${SESSION}`]: 1,
  [`POST ${SESSION}/context-documents`]: 2,
  [`POST ${SESSION}/upload-audio`]: 1,
  [`POST ${SESSION}/consult-note`]: 1,
  [`POST ${SESSION}/documents`]: 1,
  [`POST ${SESSION}/ask-ai`]: 1,
};

const doneOf = (end: ConsultEnd): Extract<ConsultEnd, { status: "done" }> => {
  if (end.status !== "done") throw new Error(`The consult needs a review of ${end.step}: ${end.reason}.`);
  return end;
};

describe.skipIf(!hasFastApi).each(services)(
  "a consult at a FastAPI service of the $dialect dialect with streams as $framing (needs python3-fastapi)",
  (options) => {
    const { dialect } = options;
    const documented = dialect === "documented";
    let service: Service;
    beforeAll(async () => {
      service = await Service.start(options);
    });
    afterAll(() => service.stop());
    const open = (): Clinic => new Clinic(service, { dialect });
    const settings = { reconcileTimeoutMs: 300, intervalMs: 20 };

    it("makes each thing once, and its result is what the service keeps", async () => {
      await using clinic = open();
      const journal = new MemoryJournal();
      const events: ConsultEvent[] = [];
      for await (const event of clinic.clinician.consult(input(), { journal, ...settings }))
        events.push(event);
      const last = events.at(-1);
      if (last?.type !== "done") throw new Error(`The consult ended with ${last?.type}.`);
      const { result } = last;
      expect(counts(await clinic.received())).toEqual(ONE_OF_EACH);

      const { sessions, sessionContext, documents, patientProfiles } = clinic.clinician;
      const session = await sessions.get(result.session_id);
      expect(session).toMatchObject({
        patient: { ehr_patient_id: "p-1" },
        language_code: "en",
        clinician_notes: ["Looks well."],
        consult_note: { result: result.note },
      });
      const profile = await patientProfiles.get(result.patient_profile_id ?? "");
      expect(profile).toMatchObject({ ehr_patient_id: "p-1", date_of_birth: "1980-12-10" });
      expect(result.note).toMatch(/^Subjective:\n- Looks well\./);
      const pieces = events.flatMap((event) => (event.type === "note-text" ? [event.text] : []));
      expect(pieces.join("")).toBe(result.note);
      expect(result.transcript).toMatch(/38\.2 °C\.$/);
      const { data: contexts = [] } = await sessionContext.listDocuments(result.session_id);
      expect(contexts.map(({ id, filename, status }) => [id, filename, status])).toEqual([
        [result.context_document_ids[0], "letter.pdf", "READY"],
        [result.context_document_ids[1], "result.pdf", "READY"],
      ]);
      const { data: written = [] } = await documents.list(result.session_id);
      expect(written.map(({ id, content }) => [id, content])).toEqual([
        [result.document?.id, result.document?.content],
      ]);
      const codes = result.codes?.entities?.map(({ primary_code }) => primary_code?.description);
      expect(codes).toEqual(["Cough", "Fever"]);
      expect(result.answer).toMatch(/^You asked: What comes next\?\n\n {2}– /);

      const upload = await clinic.only("POST", `${SESSION}/upload-audio`);
      expect(upload.parts).toContainEqual(expect.objectContaining({ name: "file", sha256: sha256(AUDIO) }));
      const files = await clinic.all("POST", `${SESSION}/context-documents`);
      expect(files.map(({ parts }) => parts.find((part) => part.sha256 !== undefined)?.sha256)).toEqual([
        sha256(DOCUMENT),
        sha256(SECOND),
      ]);
    });

    it("whose process dies between the recording and its journal goes on, and nothing is sent twice", async () => {
      await using clinic = open();
      const journal = new MemoryJournal();
      journal.dieAt = ({ steps }) => steps.audio?.state === "done";
      const dying = clinic.clinician.consult(input(), { journal, ...settings }).result();
      expect(await dying.catch((error: unknown) => error)).toBeInstanceOf(Death);
      expect(await clinic.all("POST", `${SESSION}/upload-audio`)).toHaveLength(1);

      journal.dieAt = undefined;
      journal.dead = false;
      const other = clinic.again({ dialect });
      const events: ConsultEvent[] = [];
      const resumed = other.clinician.consult(input(), { journal, ...settings });
      for await (const event of resumed) events.push(event);
      expect(events.at(-1)).toMatchObject({ type: "done" });
      expect(events).toContainEqual(
        expect.objectContaining({ type: "reconciled", step: "audio", found: true }),
      );
      expect(counts(await clinic.received())).toEqual(ONE_OF_EACH);
      await other.heidi.close();
    });

    it("whose process dies between the note and its journal goes on with that note", async () => {
      await using clinic = open();
      const journal = new MemoryJournal();
      journal.dieAt = ({ steps }) => steps.note?.state === "done";
      const dying = clinic.clinician.consult(input(), { journal, ...settings }).result();
      expect(await dying.catch((error: unknown) => error)).toBeInstanceOf(Death);
      journal.dieAt = undefined;
      journal.dead = false;
      const { result } = doneOf(await clinic.clinician.consult(input(), { journal, ...settings }).result());
      expect(counts(await clinic.received())).toEqual(ONE_OF_EACH);
      const { consult_note } = await clinic.clinician.sessions.get(result.session_id);
      expect(consult_note).toMatchObject({ result: result.note });
    });

    it("takes a session that is there already, and leaves what is in it alone", async () => {
      await using clinic = open();
      const { sessionContext, patientProfiles, sessions } = clinic.clinician;
      const session_id = await clinic.session();
      const there = await sessionContext.uploadDocument(session_id, {
        file: { data: SECOND, filename: "letter.pdf", contentType: "application/pdf" },
      });
      const patient = await patientProfiles.create({ ehr_patient_id: "p-1" });
      const journal = new MemoryJournal();
      const given = input({ session: { session_id, language_code: "de" } });
      const { result } = doneOf(await clinic.clinician.consult(given, { journal, ...settings }).result());
      expect(result).toMatchObject({ session_id, patient_profile_id: patient.id });
      expect(result.context_document_ids).not.toContain(there.id);
      const { data = [] } = await sessionContext.listDocuments(session_id);
      expect(data.map(({ id }) => id)).toEqual([there.id, ...result.context_document_ids]);
      const linked = await clinic.only("POST", "/patient-profiles/{patient_profile_id}/sessions");
      expect(linked.body).toEqual(
        documented ? { session_ids: [session_id] } : expect.objectContaining({ session_id }),
      );
      expect(await sessions.get(session_id)).toMatchObject({
        patient: { ehr_patient_id: "p-1" },
        language_code: "de",
      });
      expect(counts(await clinic.received())).toMatchObject({
        "POST /sessions": 1,
        "POST /patient-profiles": 1,
      });
    });
  },
);
