// DO NOT EDIT. The operations as data.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { Operation } from "../src/transport/operation.ts";

/** `GET /jwt`: Exchange API Key For JWT */
export const getJwt: Operation = {
  id: "getJwt",
  name: "authentication.getJwt",
  method: "GET",
  path: "/jwt",
  auth: "apiKey",
  pathParameters: [],
  query: { email: { required: true, type: "string" }, third_party_internal_id: { required: true, type: "string" } },
  response: "json",
  retry: "safe",
  time: "quick",
};

/** `GET /templates/document-templates`: List Consult Note Templates */
export const listTemplates: Operation = {
  id: "listTemplates",
  name: "templates.list",
  method: "GET",
  path: "/templates/document-templates",
  auth: "bearer",
  pathParameters: [],
  response: "json",
  envelope: { names: { templates: "data" } },
  retry: "safe",
  time: "quick",
};

/** `POST /patient-profiles`: Create Patient Profile */
export const createPatientProfile: Operation = {
  id: "createPatientProfile",
  name: "patientProfiles.create",
  method: "POST",
  path: "/patient-profiles",
  auth: "bearer",
  pathParameters: [],
  body: {
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
  },
  response: "json",
  envelope: {
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
    ],
  },
  retry: "once",
  time: "quick",
};

/** `GET /patient-profiles`: List Patient Profiles */
export const listPatientProfiles: Operation = {
  id: "listPatientProfiles",
  name: "patientProfiles.list",
  method: "GET",
  path: "/patient-profiles",
  auth: "bearer",
  pathParameters: [],
  query: { ehr_patient_id: { type: "string" }, provider: { type: "string" } },
  response: "json",
  retry: "safe",
  time: "quick",
};

/** `GET /patient-profiles/{patient_profile_id}`: Get Patient Profile */
export const getPatientProfile: Operation = {
  id: "getPatientProfile",
  name: "patientProfiles.get",
  method: "GET",
  path: "/patient-profiles/{patient_profile_id}",
  auth: "bearer",
  pathParameters: ["patient_profile_id"],
  response: "json",
  envelope: {
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
    ],
  },
  retry: "safe",
  time: "quick",
};

/** `PATCH /patient-profiles/{patient_profile_id}`: Update Patient Profile */
export const updatePatientProfile: Operation = {
  id: "updatePatientProfile",
  name: "patientProfiles.update",
  method: "PATCH",
  path: "/patient-profiles/{patient_profile_id}",
  auth: "bearer",
  pathParameters: ["patient_profile_id"],
  body: {
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
  },
  response: "json",
  envelope: {
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
    ],
  },
  retry: "once",
  time: "quick",
};

/** `POST /patient-profiles:batch-delete`: Batch Delete Patient Profiles */
export const batchDeletePatientProfiles: Operation = {
  id: "batchDeletePatientProfiles",
  name: "patientProfiles.batchDelete",
  method: "POST",
  path: "/patient-profiles:batch-delete",
  auth: "bearer",
  pathParameters: [],
  body: {
    kind: "json",
    required: true,
    fields: { patient_profile_ids: { required: true, type: "array", minItems: 1 } },
  },
  response: "empty",
  retry: "once",
  time: "quick",
};

/** `POST /patient-profiles/{patient_profile_id}/sessions`: Link Session To Patient Profile */
export const linkSessionToPatientProfile: Operation = {
  id: "linkSessionToPatientProfile",
  name: "patientProfiles.linkSession",
  method: "POST",
  path: "/patient-profiles/{patient_profile_id}/sessions",
  auth: "bearer",
  pathParameters: ["patient_profile_id"],
  body: {
    kind: "json",
    required: true,
    fields: { session_id: { required: true, type: "string" }, session_ids: { type: "array" } },
  },
  response: "empty",
  retry: "once",
  time: "quick",
};

/** `POST /sessions`: Create Session */
export const createSession: Operation = {
  id: "createSession",
  name: "sessions.create",
  method: "POST",
  path: "/sessions",
  auth: "bearer",
  pathParameters: [],
  body: {
    kind: "json",
    required: false,
    fields: { patient_profile_id: { type: "string" }, ehr_appointment_id: { type: "string" } },
  },
  response: "json",
  retry: "once",
  time: "quick",
};

/** `GET /sessions/{session_id}`: Get Session */
export const getSession: Operation = {
  id: "getSession",
  name: "sessions.get",
  method: "GET",
  path: "/sessions/{session_id}",
  auth: "bearer",
  pathParameters: ["session_id"],
  response: "json",
  envelope: {
    around: ["session"],
    own: [
      "session_id",
      "patient",
      "duration",
      "language_code",
      "output_language_code",
      "clinician_notes",
      "consent_obtained",
      "linked_sessions_for_context",
      "consult_note",
      "documents",
      "audio",
      "created_at",
      "updated_at",
      "session_name",
      "ehr_appt_id",
      "ehr_provider",
      "ehr_patient_id",
    ],
  },
  retry: "safe",
  time: "quick",
};

/** `PATCH /sessions/{session_id}`: Update Session */
export const updateSession: Operation = {
  id: "updateSession",
  name: "sessions.update",
  method: "PATCH",
  path: "/sessions/{session_id}",
  auth: "bearer",
  pathParameters: ["session_id"],
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
  response: "json",
  envelope: {
    around: ["session"],
    own: [
      "session_id",
      "patient",
      "duration",
      "language_code",
      "output_language_code",
      "clinician_notes",
      "consent_obtained",
      "linked_sessions_for_context",
      "consult_note",
      "documents",
      "audio",
      "created_at",
      "updated_at",
      "session_name",
      "ehr_appt_id",
      "ehr_provider",
      "ehr_patient_id",
    ],
  },
  retry: "once",
  time: "quick",
};

/** `GET /sessions/linked-user`: List Linked User Sessions */
export const listLinkedUserSessions: Operation = {
  id: "listLinkedUserSessions",
  name: "sessions.listLinkedUser",
  method: "GET",
  path: "/sessions/linked-user",
  auth: "bearer",
  pathParameters: [],
  query: { page_size: { type: "integer", minimum: 1, maximum: 200 } },
  response: "json",
  envelope: { names: { sessions: "data", has_next_page: "has_next" } },
  retry: "safe",
  time: "quick",
};

/** `POST /sessions/{session_id}/context-documents`: Upload Context Document */
export const uploadContextDocument: Operation = {
  id: "uploadContextDocument",
  name: "sessionContext.uploadDocument",
  method: "POST",
  path: "/sessions/{session_id}/context-documents",
  auth: "bearer",
  pathParameters: ["session_id"],
  body: {
    kind: "multipart",
    required: true,
    fields: { file: { required: true, type: "file" }, unstructured: { type: "boolean" } },
  },
  response: "json",
  retry: "once",
  time: "quick",
};

/** `GET /sessions/{session_id}/context-documents`: List Context Documents */
export const listContextDocuments: Operation = {
  id: "listContextDocuments",
  name: "sessionContext.listDocuments",
  method: "GET",
  path: "/sessions/{session_id}/context-documents",
  auth: "bearer",
  pathParameters: ["session_id"],
  response: "json",
  retry: "safe",
  time: "quick",
};

/** `DELETE /sessions/{session_id}/context-documents`: Delete Context Documents */
export const deleteContextDocuments: Operation = {
  id: "deleteContextDocuments",
  name: "sessionContext.deleteDocuments",
  method: "DELETE",
  path: "/sessions/{session_id}/context-documents",
  auth: "bearer",
  pathParameters: ["session_id"],
  query: { ids: { required: true, type: "array", minItems: 1 } },
  response: "empty",
  retry: "idempotent",
  time: "quick",
};

/** `POST /sessions/{session_id}/upload-audio`: Upload Session Audio */
export const uploadSessionAudio: Operation = {
  id: "uploadSessionAudio",
  name: "transcription.uploadAudio",
  method: "POST",
  path: "/sessions/{session_id}/upload-audio",
  auth: "bearer",
  pathParameters: ["session_id"],
  body: {
    kind: "multipart",
    required: true,
    fields: {
      file: { required: true, type: "file", contentType: "audio/*" },
      start_time: { type: "string" },
      end_time: { type: "string" },
    },
  },
  response: "json",
  answer: "optional",
  envelope: { around: ["uploaded_audio"], own: ["id", "index", "status", "created_at", "access_url"] },
  retry: "once",
  time: "quick",
};

/** `GET /sessions/{session_id}/transcript`: Get Session Transcript */
export const getSessionTranscript: Operation = {
  id: "getSessionTranscript",
  name: "transcription.get",
  method: "GET",
  path: "/sessions/{session_id}/transcript",
  auth: "bearer",
  pathParameters: ["session_id"],
  response: "json",
  retry: "costly",
  time: "slow",
};

/** `GET /sessions/{session_id}/transcript/live`: Get Live Session Transcript */
export const getLiveSessionTranscript: Operation = {
  id: "getLiveSessionTranscript",
  name: "transcription.getLive",
  method: "GET",
  path: "/sessions/{session_id}/transcript/live",
  auth: "bearer",
  pathParameters: ["session_id"],
  query: { recording_status: { type: "string" } },
  response: "json",
  retry: "safe",
  time: "quick",
};

/** `POST /sessions/{session_id}/consult-note`: Generate Consult Note */
export const generateConsultNote: Operation = {
  id: "generateConsultNote",
  name: "consultNotes.generate",
  method: "POST",
  path: "/sessions/{session_id}/consult-note",
  auth: "bearer",
  pathParameters: ["session_id"],
  body: {
    kind: "json",
    required: true,
    fields: {
      generation_method: { required: true, type: "string", enum: ["TEMPLATE"] },
      template_id: { type: "string" },
      addition: { required: true, type: "string" },
      voice_style: {
        required: true,
        type: "string",
        enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"],
      },
      brain: { required: true, type: "string", enum: ["LEFT", "RIGHT"] },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      third_party_template: { type: "string" },
    },
  },
  response: "stream",
  retry: "once",
  time: "quick",
};

/** `POST /sessions/{session_id}/client-customised-template/response`: Generate Custom Template Consult Note */
export const generateCustomTemplateConsultNote: Operation = {
  id: "generateCustomTemplateConsultNote",
  name: "consultNotes.generateFromTemplate",
  method: "POST",
  path: "/sessions/{session_id}/client-customised-template/response",
  auth: "bearer",
  pathParameters: ["session_id"],
  body: {
    kind: "json",
    required: true,
    fields: {
      template: { required: true, type: "object" },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
    },
  },
  response: "json",
  retry: "once",
  time: "slow",
};

/** `POST /sessions/{session_id}/documents`: Generate Document */
export const generateDocument: Operation = {
  id: "generateDocument",
  name: "documents.generate",
  method: "POST",
  path: "/sessions/{session_id}/documents",
  auth: "bearer",
  pathParameters: ["session_id"],
  body: {
    kind: "json",
    required: true,
    fields: {
      generation_method: { required: true, type: "string", enum: ["TEMPLATE"] },
      template_id: { required: true, type: "string" },
      voice_style: {
        required: true,
        type: "string",
        enum: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"],
      },
      brain: { required: true, type: "string", enum: ["LEFT", "RIGHT"] },
      content_type: { type: "string", enum: ["MARKDOWN", "HTML"] },
      document_tab_type: { type: "string" },
    },
  },
  response: "json",
  retry: "once",
  time: "slow",
};

/** `GET /sessions/{session_id}/documents`: List Session Documents */
export const listSessionDocuments: Operation = {
  id: "listSessionDocuments",
  name: "documents.list",
  method: "GET",
  path: "/sessions/{session_id}/documents",
  auth: "bearer",
  pathParameters: ["session_id"],
  response: "json",
  envelope: { names: { documents: "data" } },
  retry: "safe",
  time: "quick",
};

/** `GET /sessions/{session_id}/clinical-codes`: Get Clinical Codes */
export const getSessionClinicalCodes: Operation = {
  id: "getSessionClinicalCodes",
  name: "clinicalCoding.getCodes",
  method: "GET",
  path: "/sessions/{session_id}/clinical-codes",
  auth: "bearer",
  pathParameters: ["session_id"],
  query: {
    coding_system: {
      required: true,
      type: "string",
      enum: ["ICD-10", "ICD-10-CM", "ICD-9", "ICD-9-CM", "SNOMED", "SNOMED-CT", "OPCS-410", "ACHI-13", "CPT-2025"],
    },
  },
  response: "json",
  envelope: { names: { clinical_entities: "entities" } },
  retry: "costly",
  time: "slow",
};

/** `POST /sessions/{session_id}/ask-ai`: Ask Heidi */
export const askHeidi: Operation = {
  id: "askHeidi",
  name: "askHeidi.ask",
  method: "POST",
  path: "/sessions/{session_id}/ask-ai",
  auth: "bearer",
  pathParameters: ["session_id"],
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
  time: "quick",
};

/** `POST /sessions/{session_id}/restful-segment-transcription`: Create Recording */
export const createRecording: Operation = {
  id: "createRecording",
  name: "transcription.createRecording",
  method: "POST",
  path: "/sessions/{session_id}/restful-segment-transcription",
  auth: "bearer",
  pathParameters: ["session_id"],
  response: "json",
  retry: "once",
  time: "quick",
};

/** `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe`: Transcribe Segment */
export const transcribeSegment: Operation = {
  id: "transcribeSegment",
  name: "transcription.transcribeSegment",
  method: "POST",
  path: "/sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe",
  auth: "bearer",
  pathParameters: ["session_id", "recording_id"],
  body: {
    kind: "multipart",
    required: true,
    fields: {
      file: { required: true, type: "file", contentType: "audio/*" },
      index: { required: true, type: "string" },
    },
  },
  response: "json",
  retry: "once",
  time: "quick",
};

/** `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:finish`: Finish Recording */
export const finishRecording: Operation = {
  id: "finishRecording",
  name: "transcription.finishRecording",
  method: "POST",
  path: "/sessions/{session_id}/restful-segment-transcription/{recording_id}:finish",
  auth: "bearer",
  pathParameters: ["session_id", "recording_id"],
  response: "json",
  retry: "once",
  time: "quick",
};

/** `GET /users/linked-account/access`: Get Linked Account */
export const getLinkedAccount: Operation = {
  id: "getLinkedAccount",
  name: "account.access",
  method: "GET",
  path: "/users/linked-account/access",
  auth: "bearer",
  pathParameters: [],
  response: "json",
  retry: "safe",
  time: "quick",
};

/** `POST /users/linked-account`: Link Account */
export const linkAccount: Operation = {
  id: "linkAccount",
  name: "account.link",
  method: "POST",
  path: "/users/linked-account",
  auth: "bearer",
  pathParameters: [],
  body: { kind: "json", required: true, fields: { kinde_user_id: { required: true, type: "string" } } },
  response: "json",
  retry: "once",
  time: "quick",
};

/** `DELETE /users/linked-account:unlink`: Unlink Account */
export const unlinkAccount: Operation = {
  id: "unlinkAccount",
  name: "account.unlink",
  method: "DELETE",
  path: "/users/linked-account:unlink",
  auth: "bearer",
  pathParameters: [],
  response: "json",
  retry: "idempotent",
  time: "quick",
};

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
