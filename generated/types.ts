// DO NOT EDIT. Readable names for the types of requests and answers.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { components, operations } from "./schema.ts";

/** The API's `Jwt`. */
export type Jwt = components["schemas"]["Jwt"];

/** The API's `Template`. */
export type Template = components["schemas"]["Template"];

/** The API's `PatientProfileCreate`. */
export type PatientProfileCreate = components["schemas"]["PatientProfileCreate"];

/** The API's `PatientProfileUpdate`. */
export type PatientProfileUpdate = components["schemas"]["PatientProfileUpdate"];

/** The API's `PatientProfile`. */
export type PatientProfile = components["schemas"]["PatientProfile"];

/** The API's `SessionCreate`. */
export type SessionCreate = components["schemas"]["SessionCreate"];

/** The API's `SessionUpdate`. */
export type SessionUpdate = components["schemas"]["SessionUpdate"];

/** The API's `Session`. */
export type Session = components["schemas"]["Session"];

/** The API's `ContextDocument`. */
export type ContextDocument = components["schemas"]["ContextDocument"];

/** The API's `Transcript`. */
export type Transcript = components["schemas"]["Transcript"];

/** The API's `LiveTranscript`. */
export type LiveTranscript = components["schemas"]["LiveTranscript"];

/** The API's `ConsultNoteGenerate`. */
export type ConsultNoteGenerate = components["schemas"]["ConsultNoteGenerate"];

/** The API's `DocumentGenerate`. */
export type DocumentGenerate = components["schemas"]["DocumentGenerate"];

/** The API's `Document`. */
export type Document = components["schemas"]["Document"];

/** The API's `ClinicalCodesResponse`. */
export type ClinicalCodesResponse = components["schemas"]["ClinicalCodesResponse"];

/** The API's `ClinicalCodeEntity`. */
export type ClinicalCodeEntity = components["schemas"]["ClinicalCodeEntity"];

/** The API's `ClinicalCode`. */
export type ClinicalCode = components["schemas"]["ClinicalCode"];

/** The API's `AskHeidiRequest`. */
export type AskHeidiRequest = components["schemas"]["AskHeidiRequest"];

/** The API's `StreamChunk`. */
export type StreamChunk = components["schemas"]["StreamChunk"];

/** The API's `ErrorDetail`. */
export type ErrorDetail = components["schemas"]["ErrorDetail"];

/** The API's `ErrorResponse`. */
export type ErrorResponse = components["schemas"]["ErrorResponse"];

/** The API's `ValidationErrorResponse`. */
export type ValidationErrorResponse = components["schemas"]["ValidationErrorResponse"];

/** The API's `Acknowledgement`. */
export type Acknowledgement = components["schemas"]["Acknowledgement"];

/** The API's `LinkedAccount`. */
export type LinkedAccount = components["schemas"]["LinkedAccount"];

/** The API's `LinkedAccountAccess`. */
export type LinkedAccountAccess = components["schemas"]["LinkedAccountAccess"];

/** The API's `UploadedAudio`. */
export type UploadedAudio = components["schemas"]["UploadedAudio"];

/** The API's `LinkedSessions`. */
export type LinkedSessions = components["schemas"]["LinkedSessions"];

/** A template of your own, which `consultNotes.generateFromTemplate` fills. */
export type CustomTemplate = components["schemas"]["CustomTemplate"];

/** A question of a template of your own. */
export type CustomTemplateQuestion = components["schemas"]["CustomTemplateQuestion"];

/** The answer to a question of a template of your own. */
export type CustomTemplateAnswer = components["schemas"]["CustomTemplateAnswer"];

/** A template of your own, filled. */
export type CustomTemplateResponse = components["schemas"]["CustomTemplateResponse"];

/** The consult note of a session. */
export type ConsultNote = components["schemas"]["ConsultNote"];

/** The patient as a session has them. */
export type SessionPatient = components["schemas"]["SessionPatient"];

/** The query of `authentication.getJwt`. */
export interface GetJwtQuery {
  /** Format: email */
  readonly email: NonNullable<operations["getJwt"]["parameters"]["query"]>["email"];
  readonly third_party_internal_id: NonNullable<operations["getJwt"]["parameters"]["query"]>["third_party_internal_id"];
}

/** The answer of `templates.list`. */
export type ListTemplatesResponse = operations["listTemplates"]["responses"][200]["content"]["application/json"];

/** The query of `patientProfiles.list`. */
export interface ListPatientProfilesQuery {
  readonly ehr_patient_id?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["ehr_patient_id"];
  readonly provider?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["provider"];
  /** The public name of `provider`; give either one. */
  readonly ehr_provider?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["ehr_provider"];
  /** Which page, counted from 1. */
  readonly page?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["page"];
  /** How many profiles a page has. */
  readonly page_size?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["page_size"];
}

/** The answer of `patientProfiles.list`. */
export type ListPatientProfilesResponse = operations["listPatientProfiles"]["responses"][200]["content"]["application/json"];

/** The body of `patientProfiles.batchDelete`. */
export type BatchDeletePatientProfilesBody = NonNullable<operations["batchDeletePatientProfiles"]["requestBody"]>["content"]["application/json"];

/** The body of `patientProfiles.linkSession`. */
export type LinkSessionToPatientProfileBody = NonNullable<operations["linkSessionToPatientProfile"]["requestBody"]>["content"]["application/json"];

/** The answer of `patientProfiles.linkSession`. */
export type LinkSessionToPatientProfileResponse = LinkedSessions | undefined;

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

/** The answer of `transcription.uploadAudio`. */
export type UploadSessionAudioResponse = UploadedAudio | undefined;

/** The query of `transcription.getLive`. */
export interface GetLiveSessionTranscriptQuery {
  /** Which recordings to show by their state; `in_progress` by default. */
  readonly recording_status?: NonNullable<operations["getLiveSessionTranscript"]["parameters"]["query"]>["recording_status"];
}

/** The body of `consultNotes.generateFromTemplate`. */
export type GenerateCustomTemplateConsultNoteBody = NonNullable<operations["generateCustomTemplateConsultNote"]["requestBody"]>["content"]["application/json"];

/** The answer of `documents.list`. */
export type ListSessionDocumentsResponse = operations["listSessionDocuments"]["responses"][200]["content"]["application/json"];

/** The query of `clinicalCoding.getCodes`. */
export interface GetSessionClinicalCodesQuery {
  readonly coding_system?: NonNullable<operations["getSessionClinicalCodes"]["parameters"]["query"]>["coding_system"];
}

/** The answer of `transcription.createRecording`. */
export type CreateRecordingResponse = operations["createRecording"]["responses"][200]["content"]["application/json"];

/** The body of `transcription.transcribeSegment`. */
export type TranscribeSegmentBody = NonNullable<operations["transcribeSegment"]["requestBody"]>["content"]["multipart/form-data"];

/** The body of `account.link`. */
export type LinkAccountBody = NonNullable<operations["linkAccount"]["requestBody"]>["content"]["application/json"];

/** The answer of `account.link`. */
export type LinkAccountResponse = operations["linkAccount"]["responses"][200]["content"]["application/json"];

/** The values of `generation_method`. */
export type ConsultNoteGenerateGenerationMethod = "TEMPLATE" | "THIRD_PARTY_TEMPLATE";

/** The values of `generation_method`. */
export type DocumentGenerateGenerationMethod = "TEMPLATE";

/** The values of `voice_style`. */
export type VoiceStyle = "GOLDILOCKS" | "DETAILED" | "BRIEF" | "SUPER_DETAILED" | "MY_VOICE";

/**
 * The values of `brain`.
 * @default "LEFT"
 */
export type Brain = "LEFT" | "RIGHT";

/** The values of `content_type`. */
export type ContentType = "MARKDOWN" | "HTML";

/** The values of `answerType`. */
export type AnswerType = "SingleResponse" | "MultipleResponse" | "TextArea" | "DateResponse";

/** The values of `coding_system`. */
export type CodingSystem = "ICD-10" | "ICD-10-CM" | "ICD-9" | "ICD-9-CM" | "SNOMED" | "SNOMED-CT" | "OPCS-410" | "ACHI-13" | "CPT-2025";
