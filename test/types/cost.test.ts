import { expect, it } from "vitest";
import { compile, errorsIn, instantiations } from "./compiler.ts";

/** Each operation of the API's documentation once. */
const CALLS = [
  `heidi.authentication.getJwt({ email: "", third_party_internal_id: "" })`,
  `clinician.templates.list()`,
  `clinician.patientProfiles.create({ first_name: "" })`,
  `clinician.patientProfiles.list({})`,
  `clinician.patientProfiles.get(id)`,
  `clinician.patientProfiles.update(id, { last_name: "" })`,
  `clinician.patientProfiles.batchDelete({ patient_profile_ids: [id] })`,
  `clinician.patientProfiles.linkSession(id, { session_id: id })`,
  `clinician.sessions.create({ ehr_appointment_id: "" })`,
  `clinician.sessions.get(id)`,
  `clinician.sessions.update(id, { duration: 1 })`,
  `clinician.sessions.listLinkedUser({})`,
  `clinician.sessionContext.uploadDocument(id, { file: new Blob() })`,
  `clinician.sessionContext.listDocuments(id)`,
  `clinician.sessionContext.deleteDocuments(id, { ids: [id] })`,
  `clinician.transcription.uploadAudio(id, { file: new Blob() })`,
  `clinician.transcription.get(id)`,
  `clinician.transcription.getLive(id)`,
  `clinician.consultNotes.generate(id, { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" }).text()`,
  `clinician.consultNotes.generateFromTemplate(id, { template: {} })`,
  `clinician.documents.generate(id, { generation_method: "TEMPLATE", template_id: id, voice_style: "BRIEF", brain: "LEFT" })`,
  `clinician.documents.list(id)`,
  `clinician.clinicalCoding.getCodes(id, { coding_system: "SNOMED-CT" })`,
  `clinician.askHeidi.ask(id, { ai_command_text: "", content: "", content_type: "HTML" }).text()`,
];

/** Above a file that only imports the types and awaits: what the 24 calls may cost, in the compiler's own count. */
const MOST = 500;

const FRAME = [
  `import type { Heidi, HeidiUser } from "heidi-health-sdk";`,
  `declare const heidi: Heidi; declare const clinician: HeidiUser; declare const id: string;`,
  `declare const other: Promise<string>;`,
];

function costOf(name: string, lines: readonly string[]): number {
  const program = compile(new Map([[name, [...FRAME, ...lines].join("\n")]]));
  expect(errorsIn(program, name)).toEqual([]);
  return instantiations(program);
}

it("a file with a call of every operation costs the compiler next to nothing", () => {
  expect(CALLS).toHaveLength(24);
  const base = costOf("base", [`export const a0 = await other;`]);
  const calls = costOf(
    "calls",
    CALLS.map((call, index) => `export const a${index} = await ${call};`),
  );
  expect(calls - base).toBeGreaterThan(0);
  expect(calls - base).toBeLessThanOrEqual(MOST);
});
