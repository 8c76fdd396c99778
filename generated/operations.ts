// DO NOT EDIT. The operations as data.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { Operation } from "../src/http/operation.ts";

type OperationOverrides = Omit<Partial<Operation>, "id" | "name" | "method" | "path"> & Pick<Operation, "retry">;

/** Returns an operation with the common defaults; its path parameters are those of the path template. */
function defineOperation(id: string, name: string, method: Operation["method"], path: string, overrides: OperationOverrides): Operation {
  const pathParameters = Array.from(path.matchAll(/\{(.+?)\}/g), ([, parameter = ""]) => parameter);
  return { id, name, method, path, auth: "bearer", pathParameters, response: "json", time: "quick", ...overrides };
}

const $shared1 = {
  kind: "json",
  required: true,
  fields: {
    first_name: { type: "string" },
    last_name: { type: "string" },
    date_of_birth: { type: "string" },
    gender: { type: "string" },
    ehr_patient_id: { type: "string" },
    provider: { type: "string" },
    birth_date: { type: "string" },
    phone: { type: "string" },
    email: { type: "string" },
    patient_sex_code: { type: "number" },
    identifiers: { type: "array" },
    demographic_string: { type: "string" },
    additional_context: { type: "string" },
  },
} as const;
const $shared2 = {
  around: ["data"],
  own: [
    "first_name",
    "last_name",
    "date_of_birth",
    "gender",
    "ehr_patient_id",
    "provider",
    "birth_date",
    "phone",
    "email",
    "patient_sex_code",
    "identifiers",
    "demographic_string",
    "additional_context",
    "id",
    "created_at",
    "updated_at",
    "ehr_provider",
  ],
  fill: { "": { date_of_birth: "birth_date", provider: "ehr_provider" } },
} as const;
const $shared3 = {
  around: ["session"],
  own: [
    "session_id",
    "duration",
    "language_code",
    "output_language_code",
    "clinician_notes",
    "consent_obtained",
    "linked_sessions_for_context",
    "documents",
    "audio",
    "created_at",
    "updated_at",
    "session_name",
    "ehr_appt_id",
    "ehr_provider",
    "ehr_patient_id",
    "consult_note",
    "patient",
  ],
} as const;
const $shared4 = { required: true, type: "string", enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"] } as const;
const $shared5 = {
  description: "code_name",
  coding_system: "code_system",
  effective_date: "metadata.effective_date",
  valid: "metadata.valid",
  hierarchy: "metadata.hierarchy",
} as const;

/** `GET /jwt`: Exchange API Key For JWT */
export const getJwt: Operation = defineOperation("getJwt", "authentication.getJwt", "GET", "/jwt", {
  auth: "apiKey",
  query: { email: { required: true, type: "string" }, third_party_internal_id: { required: true, type: "string" } },
  retry: "safe",
});

/** `GET /templates/document-templates`: List Consult Note Templates */
export const listTemplates: Operation = defineOperation("listTemplates", "templates.list", "GET", "/templates/document-templates", {
  envelope: { names: { templates: "data" } },
  retry: "safe",
});

/** `POST /patient-profiles`: Create Patient Profile */
export const createPatientProfile: Operation = defineOperation("createPatientProfile", "patientProfiles.create", "POST", "/patient-profiles", {
  body: $shared1,
  envelope: $shared2,
  forms: { fields: { date_of_birth: { name: "birth_date" } } },
  retry: "once",
});

/** `GET /patient-profiles`: List Patient Profiles */
export const listPatientProfiles: Operation = defineOperation("listPatientProfiles", "patientProfiles.list", "GET", "/patient-profiles", {
  query: {
    ehr_patient_id: { type: "string" },
    provider: { type: "string" },
    ehr_provider: { type: "string" },
    page: { type: "integer", minimum: 1 },
    page_size: { type: "integer", minimum: 1 },
  },
  envelope: { fill: { "data.*": { date_of_birth: "birth_date", provider: "ehr_provider" } } },
  forms: { fields: { provider: { name: "ehr_provider" } } },
  retry: "safe",
});

/** `GET /patient-profiles/{patient_profile_id}`: Get Patient Profile */
export const getPatientProfile: Operation = defineOperation("getPatientProfile", "patientProfiles.get", "GET", "/patient-profiles/{patient_profile_id}", {
  envelope: $shared2,
  retry: "safe",
});

/** `PATCH /patient-profiles/{patient_profile_id}`: Update Patient Profile */
export const updatePatientProfile: Operation = defineOperation("updatePatientProfile", "patientProfiles.update", "PATCH", "/patient-profiles/{patient_profile_id}", {
  body: $shared1,
  envelope: $shared2,
  forms: { fields: { date_of_birth: { name: "birth_date" } } },
  retry: "once",
});

/** `POST /patient-profiles:batch-delete`: Batch Delete Patient Profiles */
export const batchDeletePatientProfiles: Operation = defineOperation("batchDeletePatientProfiles", "patientProfiles.batchDelete", "POST", "/patient-profiles:batch-delete", {
  body: {
    kind: "json",
    required: true,
    fields: { patient_profile_ids: { required: true, type: "array", minItems: 1 } },
  },
  response: "empty",
  retry: "once",
});

/** `POST /patient-profiles/{patient_profile_id}/sessions`: Link Session To Patient Profile */
export const linkSessionToPatientProfile: Operation = defineOperation("linkSessionToPatientProfile", "patientProfiles.linkSession", "POST", "/patient-profiles/{patient_profile_id}/sessions", {
  body: {
    kind: "json",
    required: true,
    fields: { session_id: { required: true, type: "string" }, session_ids: { type: "array", minItems: 1 } },
  },
  answer: "optional",
  forms: { fields: { session_id: { name: "session_ids", list: true } } },
  retry: "once",
});

/** `POST /sessions`: Create Session */
export const createSession: Operation = defineOperation("createSession", "sessions.create", "POST", "/sessions", {
  body: {
    kind: "json",
    required: false,
    fields: { patient_profile_id: { type: "string" }, ehr_appointment_id: { type: "string" } },
  },
  retry: "once",
});

/** `GET /sessions/{session_id}`: Get Session */
export const getSession: Operation = defineOperation("getSession", "sessions.get", "GET", "/sessions/{session_id}", {
  envelope: $shared3,
  retry: "safe",
});

/** `PATCH /sessions/{session_id}`: Update Session */
export const updateSession: Operation = defineOperation("updateSession", "sessions.update", "PATCH", "/sessions/{session_id}", {
  body: {
    kind: "json",
    required: true,
    fields: {
      duration: { type: "integer" },
      language_code: { type: "string" },
      output_language_code: { type: "string" },
      patient: { type: "object" },
      clinician_notes: { type: "array" },
      ehr_appointment_id: { type: "string" },
      ehr_patient_id: { type: "string" },
      consent_obtained: { type: "boolean" },
      linked_sessions_for_context: { type: "array" },
      generate_output_without_recording: { type: "boolean" },
    },
  },
  envelope: $shared3,
  retry: "once",
});

/** `GET /sessions/linked-user`: List Linked User Sessions */
export const listLinkedUserSessions: Operation = defineOperation("listLinkedUserSessions", "sessions.listLinkedUser", "GET", "/sessions/linked-user", {
  query: { page_size: { type: "integer", minimum: 1, maximum: 200 } },
  envelope: { names: { sessions: "data", has_next_page: "has_next" } },
  retry: "safe",
});

/** `POST /sessions/{session_id}/context-documents`: Upload Context Document */
export const uploadContextDocument: Operation = defineOperation("uploadContextDocument", "sessionContext.uploadDocument", "POST", "/sessions/{session_id}/context-documents", {
  body: {
    kind: "multipart",
    required: true,
    fields: {
      file: { required: true, type: "file" },
      unstructured: { type: "boolean" },
      meta_data: { type: "object" },
    },
  },
  forms: { fields: { file: { name: "context_documents" }, unstructured: { part: "meta_data" } } },
  retry: "once",
  time: "slow",
});

/** `GET /sessions/{session_id}/context-documents`: List Context Documents */
export const listContextDocuments: Operation = defineOperation("listContextDocuments", "sessionContext.listDocuments", "GET", "/sessions/{session_id}/context-documents", {
  envelope: { names: { context_documents: "data" }, list: "data" },
  retry: "safe",
});

/** `DELETE /sessions/{session_id}/context-documents`: Delete Context Documents */
export const deleteContextDocuments: Operation = defineOperation("deleteContextDocuments", "sessionContext.deleteDocuments", "DELETE", "/sessions/{session_id}/context-documents", {
  query: { ids: { required: true, type: "array", minItems: 1 } },
  response: "empty",
  retry: "idempotent",
});

/** `POST /sessions/{session_id}/upload-audio`: Upload Session Audio */
export const uploadSessionAudio: Operation = defineOperation("uploadSessionAudio", "transcription.uploadAudio", "POST", "/sessions/{session_id}/upload-audio", {
  body: {
    kind: "multipart",
    required: true,
    fields: {
      file: { required: true, type: "file", contentType: "audio/*" },
      start_time: { type: "string" },
      end_time: { type: "string" },
      expiry: { type: "integer" },
    },
  },
  answer: "optional",
  envelope: { around: ["uploaded_audio"], own: ["id", "index", "status", "created_at", "access_url"] },
  retry: "once",
  time: "slow",
});

/** `GET /sessions/{session_id}/transcript`: Get Session Transcript */
export const getSessionTranscript: Operation = defineOperation("getSessionTranscript", "transcription.get", "GET", "/sessions/{session_id}/transcript", {
  retry: "costly",
  time: "slow",
});

/** `GET /sessions/{session_id}/transcript/live`: Get Live Session Transcript */
export const getLiveSessionTranscript: Operation = defineOperation("getLiveSessionTranscript", "transcription.getLive", "GET", "/sessions/{session_id}/transcript/live", {
  query: { recording_status: { type: "string" } },
  retry: "safe",
});

/** `POST /sessions/{session_id}/consult-note`: Generate Consult Note */
export const generateConsultNote: Operation = defineOperation("generateConsultNote", "consultNotes.generate", "POST", "/sessions/{session_id}/consult-note", {
  body: {
    kind: "json",
    required: true,
    fields: {
      generation_method: { required: true, type: "string", enum: ["TEMPLATE", "THIRD_PARTY_TEMPLATE"] },
      template_id: { type: "string" },
      addition: { required: true, type: "string" },
      voice_style: $shared4,
      brain: { required: true, type: "string", enum: ["LEFT", "RIGHT"] },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      third_party_template: {},
    },
  },
  response: "stream",
  forms: { fields: { third_party_template: { text: true } } },
  retry: "once",
});

/** `POST /sessions/{session_id}/client-customised-template/response`: Generate Custom Template Consult Note */
export const generateCustomTemplateConsultNote: Operation = defineOperation("generateCustomTemplateConsultNote", "consultNotes.generateFromTemplate", "POST", "/sessions/{session_id}/client-customised-template/response", {
  body: {
    kind: "json",
    required: true,
    fields: {
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      template: { required: true, type: "object" },
    },
  },
  forms: { body: "template", names: ["template", "questions", "summaryRequired", "metadata"] },
  retry: "once",
  time: "slow",
});

/** `POST /sessions/{session_id}/documents`: Generate Document */
export const generateDocument: Operation = defineOperation("generateDocument", "documents.generate", "POST", "/sessions/{session_id}/documents", {
  body: {
    kind: "json",
    required: true,
    fields: {
      generation_method: { required: true, type: "string", enum: ["TEMPLATE"] },
      template_id: { required: true, type: "string" },
      voice_style: $shared4,
      brain: { required: true, type: "string", enum: ["LEFT", "RIGHT"] },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      document_tab_type: { type: "string" },
    },
  },
  forms: {
    optional: ["voice_style"],
    defaults: { spec: { voice_style: "GOLDILOCKS" }, documented: { document_tab_type: "DOCUMENT" } },
  },
  retry: "once",
  time: "slow",
});

/** `GET /sessions/{session_id}/documents`: List Session Documents */
export const listSessionDocuments: Operation = defineOperation("listSessionDocuments", "documents.list", "GET", "/sessions/{session_id}/documents", {
  envelope: { names: { documents: "data" } },
  retry: "safe",
});

/** `GET /sessions/{session_id}/clinical-codes`: Get Clinical Codes */
export const getSessionClinicalCodes: Operation = defineOperation("getSessionClinicalCodes", "clinicalCoding.getCodes", "GET", "/sessions/{session_id}/clinical-codes", {
  query: {
    coding_system: {
      required: true,
      type: "string",
      enum: ["ICD-10", "ICD-10-CM", "ICD-9", "ICD-9-CM", "SNOMED", "SNOMED-CT", "OPCS-410", "ACHI-13", "CPT-2025"],
    },
  },
  envelope: {
    names: { clinical_entities: "entities" },
    fill: { "entities.*.primary_code": $shared5, "entities.*.similar_codes.*": $shared5 },
  },
  forms: { optional: ["coding_system"] },
  retry: "costly",
  time: "slow",
});

/** `POST /sessions/{session_id}/ask-ai`: Ask Heidi */
export const askHeidi: Operation = defineOperation("askHeidi", "askHeidi.ask", "POST", "/sessions/{session_id}/ask-ai", {
  body: {
    kind: "json",
    required: true,
    fields: {
      ai_command_text: { required: true, type: "string" },
      content: { required: true, type: "string" },
      content_type: { required: true, type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  response: "stream",
  retry: "once",
});

/** `POST /sessions/{session_id}/restful-segment-transcription`: Create Recording */
export const createRecording: Operation = defineOperation("createRecording", "transcription.createRecording", "POST", "/sessions/{session_id}/restful-segment-transcription", {
  retry: "once",
});

/** `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe`: Transcribe Segment */
export const transcribeSegment: Operation = defineOperation("transcribeSegment", "transcription.transcribeSegment", "POST", "/sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe", {
  body: {
    kind: "multipart",
    required: true,
    fields: {
      file: { required: true, type: "file", contentType: "audio/*" },
      index: { required: true, type: "string" },
    },
  },
  retry: "once",
});

/** `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:finish`: Finish Recording */
export const finishRecording: Operation = defineOperation("finishRecording", "transcription.finishRecording", "POST", "/sessions/{session_id}/restful-segment-transcription/{recording_id}:finish", {
  retry: "once",
});

/** `GET /users/linked-account/access`: Get Linked Account */
export const getLinkedAccount: Operation = defineOperation("getLinkedAccount", "account.access", "GET", "/users/linked-account/access", {
  retry: "safe",
});

/** `POST /users/linked-account`: Link Account */
export const linkAccount: Operation = defineOperation("linkAccount", "account.link", "POST", "/users/linked-account", {
  body: { kind: "json", required: true, fields: { kinde_user_id: { required: true, type: "string" } } },
  retry: "once",
});

/** `DELETE /users/linked-account:unlink`: Unlink Account */
export const unlinkAccount: Operation = defineOperation("unlinkAccount", "account.unlink", "DELETE", "/users/linked-account:unlink", {
  retry: "idempotent",
});

/** Every operation by its operationId. */
export const operations: Readonly<Record<string, Operation>> = {
  getJwt,
  listTemplates,
  createPatientProfile,
  listPatientProfiles,
  getPatientProfile,
  updatePatientProfile,
  batchDeletePatientProfiles,
  linkSessionToPatientProfile,
  createSession,
  getSession,
  updateSession,
  listLinkedUserSessions,
  uploadContextDocument,
  listContextDocuments,
  deleteContextDocuments,
  uploadSessionAudio,
  getSessionTranscript,
  getLiveSessionTranscript,
  generateConsultNote,
  generateCustomTemplateConsultNote,
  generateDocument,
  listSessionDocuments,
  getSessionClinicalCodes,
  askHeidi,
  createRecording,
  transcribeSegment,
  finishRecording,
  getLinkedAccount,
  linkAccount,
  unlinkAccount,
};
