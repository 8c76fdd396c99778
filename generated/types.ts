// DO NOT EDIT. Readable names for the types of requests and answers.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { components, operations } from "./schema.ts";

export type Jwt = components["schemas"]["Jwt"];

export type Template = components["schemas"]["Template"];

export type PatientProfileCreate = components["schemas"]["PatientProfileCreate"];

export type PatientProfileUpdate = components["schemas"]["PatientProfileUpdate"];

export type PatientProfile = components["schemas"]["PatientProfile"];

export type SessionCreate = components["schemas"]["SessionCreate"];

export type SessionUpdate = components["schemas"]["SessionUpdate"];

export type Session = components["schemas"]["Session"];

export type ContextDocument = components["schemas"]["ContextDocument"];

export type Transcript = components["schemas"]["Transcript"];

export type LiveTranscript = components["schemas"]["LiveTranscript"];

export type ConsultNoteGenerate = components["schemas"]["ConsultNoteGenerate"];

export type DocumentGenerate = components["schemas"]["DocumentGenerate"];

export type Document = components["schemas"]["Document"];

export type ClinicalCodesResponse = components["schemas"]["ClinicalCodesResponse"];

export type ClinicalCodeEntity = components["schemas"]["ClinicalCodeEntity"];

export type ClinicalCode = components["schemas"]["ClinicalCode"];

export type AskHeidiRequest = components["schemas"]["AskHeidiRequest"];

export type StreamChunk = components["schemas"]["StreamChunk"];

/** The query of `authentication.getJwt`. */
export interface GetJwtQuery {
  readonly email: NonNullable<operations["getJwt"]["parameters"]["query"]>["email"];
  readonly third_party_internal_id: NonNullable<operations["getJwt"]["parameters"]["query"]>["third_party_internal_id"];
}

/** The answer of `templates.list`. */
export type ListTemplatesResponse = operations["listTemplates"]["responses"][200]["content"]["application/json"];

/** The query of `patientProfiles.list`. */
export interface ListPatientProfilesQuery {
  readonly ehr_patient_id?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["ehr_patient_id"];
  readonly provider?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["provider"];
}

/** The answer of `patientProfiles.list`. */
export type ListPatientProfilesResponse = operations["listPatientProfiles"]["responses"][200]["content"]["application/json"];

/** The body of `patientProfiles.batchDelete`. */
export type BatchDeletePatientProfilesBody = NonNullable<operations["batchDeletePatientProfiles"]["requestBody"]>["content"]["application/json"];

/** The body of `patientProfiles.linkSession`. */
export type LinkSessionToPatientProfileBody = NonNullable<operations["linkSessionToPatientProfile"]["requestBody"]>["content"]["application/json"];

/** The answer of `sessions.create`. */
export type CreateSessionResponse = operations["createSession"]["responses"][200]["content"]["application/json"];

/** The query of `sessions.listLinkedUser`. */
export interface ListLinkedUserSessionsQuery {
  readonly page_size?: NonNullable<operations["listLinkedUserSessions"]["parameters"]["query"]>["page_size"];
}

/** The answer of `sessions.listLinkedUser`. */
export type ListLinkedUserSessionsResponse = operations["listLinkedUserSessions"]["responses"][200]["content"]["application/json"];

/** The body of `sessionContext.uploadDocument`. */
export type UploadContextDocumentBody = NonNullable<operations["uploadContextDocument"]["requestBody"]>["content"]["multipart/form-data"];

/** The answer of `sessionContext.listDocuments`. */
export type ListContextDocumentsResponse = operations["listContextDocuments"]["responses"][200]["content"]["application/json"];

/** The query of `sessionContext.deleteDocuments`. */
export interface DeleteContextDocumentsQuery {
  readonly ids: NonNullable<operations["deleteContextDocuments"]["parameters"]["query"]>["ids"];
}

/** The body of `transcription.uploadAudio`. */
export type UploadSessionAudioBody = NonNullable<operations["uploadSessionAudio"]["requestBody"]>["content"]["multipart/form-data"];

/** The body of `consultNotes.generateFromTemplate`. */
export type GenerateCustomTemplateConsultNoteBody = NonNullable<operations["generateCustomTemplateConsultNote"]["requestBody"]>["content"]["application/json"];

/** The answer of `consultNotes.generateFromTemplate`. */
export type GenerateCustomTemplateConsultNoteResponse = operations["generateCustomTemplateConsultNote"]["responses"][200]["content"]["application/json"];

/** The answer of `documents.list`. */
export type ListSessionDocumentsResponse = operations["listSessionDocuments"]["responses"][200]["content"]["application/json"];

/** The query of `clinicalCoding.getCodes`. */
export interface GetSessionClinicalCodesQuery {
  readonly coding_system: NonNullable<operations["getSessionClinicalCodes"]["parameters"]["query"]>["coding_system"];
}
