// Compiled and run from the packed tarball, once as ESM and once as CommonJS: every operation under its public name.
import { Heidi, type HeidiUser } from "heidi-health-sdk";
import { fileFromPath } from "heidi-health-sdk/node";
import { createSandbox } from "heidi-health-sdk/sandbox";

const identity = { email: "dr@clinic.example", third_party_internal_id: "ehr-42" };
const called: string[] = [];

async function step<T>(name: string, call: () => PromiseLike<T>): Promise<T> {
  const result = await call();
  called.push(name);
  return result;
}

function given(value: string | undefined): string {
  if (value === undefined || value === "") throw new Error("the sandbox left out an id");
  return value;
}

async function patients(clinician: HeidiUser): Promise<string> {
  const { patientProfiles } = clinician;
  const profile = await step("patientProfiles.create", () =>
    patientProfiles.create({ first_name: "Ada", last_name: "Example", date_of_birth: "1980-01-31" }),
  );
  const id = given(profile.id);
  await step("patientProfiles.list", () => patientProfiles.list());
  await step("patientProfiles.get", () => patientProfiles.get(id));
  await step("patientProfiles.update", () => patientProfiles.update(id, { gender: "female" }));
  return id;
}

async function recording(clinician: HeidiUser, sessionId: string): Promise<void> {
  const { sessionContext, transcription } = clinician;
  const letter = { data: new TextEncoder().encode("%PDF-1.4 a letter"), filename: "letter.pdf" };
  const document = await step("sessionContext.uploadDocument", () =>
    sessionContext.uploadDocument(sessionId, { file: letter, unstructured: true }),
  );
  await step("sessionContext.listDocuments", () => sessionContext.listDocuments(sessionId));
  await step("sessionContext.deleteDocuments", () =>
    sessionContext.deleteDocuments(sessionId, { ids: [given(document.id)] }),
  );
  await step("transcription.uploadAudio", () =>
    transcription.uploadAudio(sessionId, { file: fileFromPath("visit.mp3") }),
  );
  await step("transcription.getLive", () => transcription.getLive(sessionId));
  await step("transcription.get", () => transcription.get(sessionId));
  const { recording_id } = await step("transcription.createRecording", () =>
    transcription.createRecording(sessionId),
  );
  const id = given(recording_id);
  await step("transcription.transcribeSegment", () =>
    transcription.transcribeSegment(sessionId, id, { file: fileFromPath("visit.mp3"), index: "0" }),
  );
  await step("transcription.finishRecording", () => transcription.finishRecording(sessionId, id));
}

async function linking({ account }: HeidiUser): Promise<void> {
  await step("account.access", () => account.access());
  await step("account.link", () => account.link({ kinde_user_id: "kp_1" }));
  await step("account.unlink", () => account.unlink());
}

async function writing(clinician: HeidiUser, sessionId: string, templateId: string): Promise<void> {
  const style = { generation_method: "TEMPLATE", voice_style: "GOLDILOCKS", brain: "LEFT" } as const;
  const { consultNotes, documents, clinicalCoding, askHeidi } = clinician;
  const note = await step("consultNotes.generate", () =>
    consultNotes.generate(sessionId, { ...style, template_id: templateId, addition: "" }).text(),
  );
  if (note === "") throw new Error("the note is empty");
  await step("consultNotes.generateFromTemplate", () =>
    consultNotes.generateFromTemplate(sessionId, { template: { plan: "" }, content_type: "MARKDOWN" }),
  );
  await step("documents.generate", () =>
    documents.generate(sessionId, { ...style, template_id: templateId }),
  );
  await step("documents.list", () => documents.list(sessionId));
  await step("clinicalCoding.getCodes", () =>
    clinicalCoding.getCodes(sessionId, { coding_system: "SNOMED-CT" }),
  );
  await step("askHeidi.ask", () =>
    askHeidi
      .ask(sessionId, { ai_command_text: "Shorten it.", content: note, content_type: "MARKDOWN" })
      .text(),
  );
}

async function main(): Promise<void> {
  const sandbox = await createSandbox({
    streamDelayMs: 0,
    timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
  });
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  await step("authentication.getJwt", () => heidi.authentication.getJwt(identity));
  const clinician = heidi.forUser({
    email: identity.email,
    thirdPartyInternalId: identity.third_party_internal_id,
  });
  await linking(clinician);
  const templates = await step("templates.list", () => clinician.templates.list());
  const profileId = await patients(clinician);
  const { sessions, patientProfiles } = clinician;
  const session = await step("sessions.create", () => sessions.create({ ehr_appointment_id: "apt-1" }));
  const sessionId = given(session.session_id);
  await step("sessions.get", () => sessions.get(sessionId));
  await step("sessions.update", () => sessions.update(sessionId, { duration: 600 }));
  await step("sessions.listLinkedUser", () => sessions.listLinkedUser({ page_size: 10 }));
  await step("patientProfiles.linkSession", () =>
    patientProfiles.linkSession(profileId, { session_id: sessionId }),
  );
  await recording(clinician, sessionId);
  await writing(clinician, sessionId, given(templates.data?.[0]?.id));
  await step("patientProfiles.batchDelete", () =>
    patientProfiles.batchDelete({ patient_profile_ids: [profileId] }),
  );
  await heidi.close();
  await sandbox.close();
  const served = sandbox.requests
    .filter(({ status = 500 }) => status < 300)
    .map(({ operation }) => operation);
  console.log(JSON.stringify({ called, served }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
