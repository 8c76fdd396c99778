// DO NOT EDIT. Readable names for the types of requests and answers.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { components, operations } from "./schema.ts";

/** The API's `Jwt`. */
export type Jwt = components["schemas"]["Jwt"];

/** The API's `Template`. */
export type Template = components["schemas"]["Template"];

/** The details of a patient. All of them are optional. */
export type PatientProfileCreate = components["schemas"]["PatientProfileCreate"];

/** The details of a patient that change. */
export type PatientProfileUpdate = components["schemas"]["PatientProfileUpdate"];

/** The API's `PatientProfile`. */
export type PatientProfile = components["schemas"]["PatientProfile"];

/** The patient and the appointment of a new session. Both are optional. */
export type SessionCreate = components["schemas"]["SessionCreate"];

/** The fields of a session that change. */
export type SessionUpdate = components["schemas"]["SessionUpdate"];

/** The API's `Session`. */
export type Session = components["schemas"]["Session"];

/** The API's `ContextDocument`. */
export type ContextDocument = components["schemas"]["ContextDocument"];

/** The API's `Transcript`. */
export type Transcript = components["schemas"]["Transcript"];

/** The API's `LiveTranscript`. */
export type LiveTranscript = components["schemas"]["LiveTranscript"];

/** The choices for a consult note. */
export type ConsultNoteGenerate = components["schemas"]["ConsultNoteGenerate"];

/** The choices for a document. */
export type DocumentGenerate = components["schemas"]["DocumentGenerate"];

/** The API's `Document`. */
export type Document = components["schemas"]["Document"];

/** The API's `ClinicalCodesResponse`. */
export type ClinicalCodesResponse = components["schemas"]["ClinicalCodesResponse"];

/** The API's `ClinicalCodeEntity`. */
export type ClinicalCodeEntity = components["schemas"]["ClinicalCodeEntity"];

/** The API's `ClinicalCode`. */
export type ClinicalCode = components["schemas"]["ClinicalCode"];

/** An instruction for Heidi's AI assistant, and the text that it is about. */
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
  /**
   * The clinician's e-mail address. Heidi identifies the user by it together with `third_party_internal_id`.
   *
   * Format: email
   */
  readonly email: NonNullable<operations["getJwt"]["parameters"]["query"]>["email"];
  /** The clinician's id in your system, such as the user id of the EHR. */
  readonly third_party_internal_id: NonNullable<operations["getJwt"]["parameters"]["query"]>["third_party_internal_id"];
}

/** The answer of `templates.list`. */
export type ListTemplatesResponse = operations["listTemplates"]["responses"][200]["content"]["application/json"];

/** The query of `patientProfiles.list`. */
export interface ListPatientProfilesQuery {
  /** Returns only profiles with this id of the patient in your system. */
  readonly ehr_patient_id?: NonNullable<operations["listPatientProfiles"]["parameters"]["query"]>["ehr_patient_id"];
  /**
   * Returns only profiles with this `provider`. Its meaning is not public; sessions have the name of an EHR as
   * `ehr_provider`.
   */
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
  /** The number of sessions on a page, from 1 to 200. */
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
  /** The ids of the documents to remove, at least one. */
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
  /**
   * The coding system of the codes. The public pages ask without it: there each code names its system.
   *
   * - `ICD-10`: International Classification of Diseases, 10th revision.
   * - `ICD-10-CM`: ICD-10 with the clinical modification of the United States.
   * - `ICD-9`: International Classification of Diseases, 9th revision.
   * - `ICD-9-CM`: ICD-9 with the clinical modification of the United States.
   * - `SNOMED`: SNOMED, without an edition. How it differs from `SNOMED-CT` is not public.
   * - `SNOMED-CT`: SNOMED Clinical Terms.
   * - `OPCS-410`: OPCS Classification of Interventions and Procedures, by its number version 4.10.
   * - `ACHI-13`: Australian Classification of Health Interventions, by its number the 13th edition.
   * - `CPT-2025`: Current Procedural Terminology of 2025.
   */
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

/**
 * The source of the note's template.
 *
 * - `TEMPLATE`: A template of Heidi, given as `template_id`.
 * - `THIRD_PARTY_TEMPLATE`: A template of your own, given as `third_party_template`.
 */
export type ConsultNoteGenerationMethod = "TEMPLATE" | "THIRD_PARTY_TEMPLATE";

/**
 * The voice style in which Heidi writes.
 *
 * - `GOLDILOCKS`: The style of the public pages' examples. By its name it is neither brief nor detailed.
 * - `DETAILED`: By its name more detailed than `GOLDILOCKS`.
 * - `BRIEF`: By its name shorter than `GOLDILOCKS`.
 * - `SUPER_DETAILED`: By its name more detailed than `DETAILED`.
 * - `MY_VOICE`: By its name the clinician's own style.
 */
export type VoiceStyle = "GOLDILOCKS" | "DETAILED" | "BRIEF" | "SUPER_DETAILED" | "MY_VOICE";

/**
 * The brain option with which Heidi writes.
 *
 * - `LEFT`: The default of the API. How it differs from `RIGHT` is not public.
 * - `RIGHT`: The other option. How it differs from `LEFT` is not public.
 * @default "LEFT"
 */
export type Brain = "LEFT" | "RIGHT";

/**
 * The markup of the generated text.
 *
 * - `MARKDOWN`: Text in Markdown.
 * - `HTML`: Text in HTML.
 */
export type ContentType = "MARKDOWN" | "HTML";

/**
 * The form of the answer.
 *
 * - `SingleResponse`: One of `answerOptions`.
 * - `MultipleResponse`: Any number of `answerOptions`.
 * - `TextArea`: By its name free text.
 * - `DateResponse`: A date, in the form of `dateFormat`.
 */
export type AnswerType = "SingleResponse" | "MultipleResponse" | "TextArea" | "DateResponse";

/**
 * The source of the document's template.
 *
 * - `TEMPLATE`: A template of Heidi, given as `template_id`.
 */
export type DocumentGenerationMethod = "TEMPLATE";

/**
 * A coding system in which `clinicalCoding.getCodes` returns codes.
 *
 * - `ICD-10`: International Classification of Diseases, 10th revision.
 * - `ICD-10-CM`: ICD-10 with the clinical modification of the United States.
 * - `ICD-9`: International Classification of Diseases, 9th revision.
 * - `ICD-9-CM`: ICD-9 with the clinical modification of the United States.
 * - `SNOMED`: SNOMED, without an edition. How it differs from `SNOMED-CT` is not public.
 * - `SNOMED-CT`: SNOMED Clinical Terms.
 * - `OPCS-410`: OPCS Classification of Interventions and Procedures, by its number version 4.10.
 * - `ACHI-13`: Australian Classification of Health Interventions, by its number the 13th edition.
 * - `CPT-2025`: Current Procedural Terminology of 2025.
 */
export type CodingSystem = "ICD-10" | "ICD-10-CM" | "ICD-9" | "ICD-9-CM" | "SNOMED" | "SNOMED-CT" | "OPCS-410" | "ACHI-13" | "CPT-2025";

/**
 * The kind of text that the template is for, as the names of the values say.
 *
 * - `CONSULT_NOTE_TEMPLATE`: Consult notes, from `consultNotes.generate`.
 * - `DOCUMENT_TEMPLATE`: Documents, from `documents.generate`.
 */
export type TemplateCategory = "CONSULT_NOTE_TEMPLATE" | "DOCUMENT_TEMPLATE" | (string & {});
