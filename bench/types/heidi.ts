import type { HeidiUser } from "heidi-health-sdk";

/** One call of each of 24 operations, to measure the work of the compiler. */
export async function everyCall(clinician: HeidiUser, id: string, file: Blob): Promise<unknown[]> {
  const { patientProfiles, sessions, sessionContext, transcription, consultNotes, documents } = clinician;
  const template = { generation_method: "TEMPLATE", voice_style: "GOLDILOCKS", brain: "LEFT" } as const;
  const profile = { first_name: "Alex", last_name: "Example", date_of_birth: "1980-02-29" };
  return [
    await clinician.templates.list(),
    await patientProfiles.create(profile),
    await patientProfiles.list({ ehr_patient_id: "patient-1" }),
    await patientProfiles.get(id),
    await patientProfiles.update(id, { first_name: "Alex" }),
    await patientProfiles.batchDelete({ patient_profile_ids: [id] }),
    await patientProfiles.linkSession(id, { session_id: id }),
    await sessions.create({ ehr_appointment_id: "apt-1" }),
    await sessions.get(id),
    await sessions.update(id, {}),
    await sessions.listLinkedUser({ page_size: 50 }),
    await sessionContext.uploadDocument(id, { file, unstructured: true }),
    await sessionContext.listDocuments(id),
    await sessionContext.deleteDocuments(id, { ids: [id] }),
    await transcription.uploadAudio(id, { file }),
    await transcription.get(id),
    await transcription.getLive(id),
    await consultNotes.generate(id, { ...template, template_id: id, addition: "" }).text(),
    await consultNotes.generateFromTemplate(id, { template: { name: "Note" } }),
    await documents.generate(id, { ...template, template_id: id }),
    await documents.list(id),
    await clinician.clinicalCoding.getCodes(id, { coding_system: "SNOMED-CT" }),
    await clinician.askHeidi.ask(id, { ai_command_text: "", content: "", content_type: "MARKDOWN" }).text(),
    await clinician.token(),
  ];
}
