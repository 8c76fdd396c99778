// DO NOT EDIT. The client: grouped methods over the operations.
// Written by `npm run generate` from openapi/heidi.openapi.yaml and openapi/overlays/.

import type { JsonStream } from "../src/stream/json-stream.ts";
import type { OperationClient } from "../src/http/operation.ts";
import type { RequestOptions, UploadOptions } from "../src/http/options.ts";
import type { ApiPromise } from "../src/http/promise.ts";
import * as op from "./operations.ts";
import type {
  Jwt,
  PatientProfileCreate,
  PatientProfileUpdate,
  PatientProfile,
  SessionCreate,
  SessionUpdate,
  Session,
  ContextDocument,
  Transcript,
  LiveTranscript,
  ConsultNoteGenerate,
  DocumentGenerate,
  Document,
  ClinicalCodesResponse,
  AskHeidiRequest,
  StreamChunk,
  Acknowledgement,
  LinkedAccountAccess,
  CustomTemplateResponse,
  GetJwtQuery,
  ListTemplatesResponse,
  ListPatientProfilesQuery,
  ListPatientProfilesResponse,
  BatchDeletePatientProfilesBody,
  LinkSessionToPatientProfileBody,
  LinkSessionToPatientProfileResponse,
  CreateSessionResponse,
  ListLinkedUserSessionsQuery,
  ListLinkedUserSessionsResponse,
  UploadContextDocumentBody,
  ListContextDocumentsResponse,
  DeleteContextDocumentsQuery,
  UploadSessionAudioBody,
  UploadSessionAudioResponse,
  GetLiveSessionTranscriptQuery,
  GenerateCustomTemplateConsultNoteBody,
  ListSessionDocumentsResponse,
  GetSessionClinicalCodesQuery,
  CreateRecordingResponse,
  TranscribeSegmentBody,
  LinkAccountBody,
  LinkAccountResponse,
} from "./types.ts";

/** Consult-note templates. */
export interface TemplatesApi {
  /**
   * Returns the templates of consult notes and of documents; `template_category` tells them apart.
   *
   * `GET /templates/document-templates` (listTemplates)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { data } = await clinician.templates.list();
   */
  list(options?: RequestOptions): ApiPromise<ListTemplatesResponse>;
}

/** Longitudinal patient records. */
export interface PatientProfilesApi {
  /**
   * Creates a patient profile. Heidi includes the patient's details in the sessions that are linked to the profile,
   * and can use earlier sessions as context.
   *
   * `POST /patient-profiles` (createPatientProfile)
   * @throws HeidiApiError on 400, 401, 403, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const patientProfile = await clinician.patientProfiles.create({
   *   first_name: "Ada",
   *   last_name: "Example",
   *   date_of_birth: "1980-12-10",
   *   ehr_patient_id: "ehr-patient-1",
   * });
   */
  create(body: PatientProfileCreate, options?: RequestOptions): ApiPromise<PatientProfile>;

  /**
   * Returns the patient profiles that match the query.
   *
   * `GET /patient-profiles` (listPatientProfiles)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { data } = await clinician.patientProfiles.list({ ehr_patient_id: "ehr-patient-1" });
   */
  list(query?: ListPatientProfilesQuery, options?: RequestOptions): ApiPromise<ListPatientProfilesResponse>;

  /**
   * Returns a patient profile.
   *
   * `GET /patient-profiles/{patient_profile_id}` (getPatientProfile)
   * @param patient_profile_id - The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of
   * the patient.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const patientProfile = await clinician.patientProfiles.get(patient_profile_id);
   */
  get(patient_profile_id: string, options?: RequestOptions): ApiPromise<PatientProfile>;

  /**
   * Updates a patient profile. Fields that the body omits stay unchanged.
   *
   * `PATCH /patient-profiles/{patient_profile_id}` (updatePatientProfile)
   * @param patient_profile_id - The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of
   * the patient.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const patientProfile = await clinician.patientProfiles.update(patient_profile_id, {
   *   first_name: "Ada",
   *   last_name: "Example",
   *   date_of_birth: "1980-12-10",
   *   ehr_patient_id: "ehr-patient-1",
   * });
   */
  update(patient_profile_id: string, body: PatientProfileUpdate, options?: RequestOptions): ApiPromise<PatientProfile>;

  /**
   * Deletes several patient profiles at once. What becomes of the sessions that are linked to them is not public.
   *
   * `POST /patient-profiles:batch-delete` (batchDeletePatientProfiles)
   * @throws HeidiApiError on 400, 401, 403, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * await clinician.patientProfiles.batchDelete({ patient_profile_ids: ["6650f0a1b2c3d4e5f6a7b8c9"] });
   */
  batchDelete(body: BatchDeletePatientProfilesBody, options?: RequestOptions): ApiPromise<void>;

  /**
   * Links a session, or several, to a patient profile, so that Heidi includes the patient's details in them.
   *
   * `POST /patient-profiles/{patient_profile_id}/sessions` (linkSessionToPatientProfile)
   * @param patient_profile_id - The profile's id at Heidi, as creating or listing it returned it; not the EHR's id of
   * the patient.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const linkedSessions = await clinician.patientProfiles.linkSession(patient_profile_id, { session_id });
   */
  linkSession(patient_profile_id: string, body: LinkSessionToPatientProfileBody, options?: RequestOptions): ApiPromise<LinkSessionToPatientProfileResponse>;
}

/** Clinical session lifecycle. */
export interface SessionsApi {
  /**
   * Creates a session. A session corresponds to one consultation: it has its audio, transcript, notes and documents.
   *
   * `POST /sessions` (createSession)
   * @throws HeidiApiError on 400, 401, 403, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { session_id } = await clinician.sessions.create({ patient_profile_id, ehr_appointment_id: "apt-1" });
   */
  create(body?: SessionCreate, options?: RequestOptions): ApiPromise<CreateSessionResponse>;

  /**
   * Returns a session with its consult note, its documents and the details of its patient.
   *
   * `GET /sessions/{session_id}` (getSession)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const session = await clinician.sessions.get(session_id);
   */
  get(session_id: string, options?: RequestOptions): ApiPromise<Session>;

  /**
   * Updates a session: its duration, languages, patient, context and links to your system.
   *
   * `PATCH /sessions/{session_id}` (updateSession)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const session = await clinician.sessions.update(session_id, {
   *   language_code: "en",
   *   clinician_notes: ["Allergies: penicillin"],
   * });
   */
  update(session_id: string, body: SessionUpdate, options?: RequestOptions): ApiPromise<Session>;

  /**
   * Returns the sessions of the Heidi account that the clinician is linked to, page by page.
   *
   * `GET /sessions/linked-user` (listLinkedUserSessions)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { data } = await clinician.sessions.listLinkedUser({ page_size: 50 });
   */
  listLinkedUser(query?: ListLinkedUserSessionsQuery, options?: RequestOptions): ApiPromise<ListLinkedUserSessionsResponse>;
}

/** Notes, linked sessions, and context document attachments. */
export interface SessionContextApi {
  /**
   * Adds a document to the context of a session. Heidi uses it when its `status` is `READY`.
   *
   * `POST /sessions/{session_id}/context-documents` (uploadContextDocument)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const contextDocument = await clinician.sessionContext.uploadDocument(session_id, {
   *   file: fileFromPath("letter.pdf"),
   * });
   */
  uploadDocument(session_id: string, body: UploadContextDocumentBody, options?: UploadOptions): ApiPromise<ContextDocument>;

  /**
   * Returns the documents in the context of a session, each with its `status`.
   *
   * `GET /sessions/{session_id}/context-documents` (listContextDocuments)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { data } = await clinician.sessionContext.listDocuments(session_id);
   */
  listDocuments(session_id: string, options?: RequestOptions): ApiPromise<ListContextDocumentsResponse>;

  /**
   * Removes documents from the context of a session.
   *
   * `DELETE /sessions/{session_id}/context-documents` (deleteContextDocuments)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * await clinician.sessionContext.deleteDocuments(session_id, { ids: ["6662b3c4d5e6f708192a3b4c"] });
   */
  deleteDocuments(session_id: string, query: DeleteContextDocumentsQuery, options?: RequestOptions): ApiPromise<void>;
}

/** Audio upload and transcript retrieval. */
export interface TranscriptionApi {
  /**
   * Upload a full audio file (MP3 or OGG recommended) for lazy transcription. Heidi transcribes it when the
   * transcript is next requested.
   *
   * `POST /sessions/{session_id}/upload-audio` (uploadSessionAudio)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const uploadedAudio = await clinician.transcription.uploadAudio(session_id, {
   *   file: fileFromPath("visit.mp3"),
   * });
   */
  uploadAudio(session_id: string, body: UploadSessionAudioBody, options?: UploadOptions): ApiPromise<UploadSessionAudioResponse>;

  /**
   * Returns the transcript of a session. Heidi transcribes uploaded audio on this call, which can take minutes. An
   * empty transcript means that it is not ready, or that nothing was said.
   *
   * `GET /sessions/{session_id}/transcript` (getSessionTranscript)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const transcript = await clinician.transcription.get(session_id);
   */
  get(session_id: string, options?: RequestOptions): ApiPromise<Transcript>;

  /**
   * Chunked live transcript with per-chunk status and source.
   *
   * `GET /sessions/{session_id}/transcript/live` (getLiveSessionTranscript)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const liveTranscript = await clinician.transcription.getLive(session_id);
   */
  getLive(session_id: string, query?: GetLiveSessionTranscriptQuery, options?: RequestOptions): ApiPromise<LiveTranscript>;

  /**
   * Open a live recording of a session, to be sent in segments.
   *
   * `POST /sessions/{session_id}/restful-segment-transcription` (createRecording)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { recording_id } = await clinician.transcription.createRecording(session_id);
   */
  createRecording(session_id: string, options?: RequestOptions): ApiPromise<CreateRecordingResponse>;

  /**
   * Send one segment of a live recording, a playable file of its own of 45 seconds to a minute (MP3 or OGG
   * recommended). Whether a segment that is sent twice is transcribed twice is unknown.
   *
   * `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:transcribe` (transcribeSegment)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @param recording_id - The recording's id, as creating it returned it.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { is_success } = await clinician.transcription.transcribeSegment(session_id, recording_id, {
   *   file: fileFromPath("visit.mp3"),
   *   index: "0",
   * });
   */
  transcribeSegment(session_id: string, recording_id: string, body: TranscribeSegmentBody, options?: UploadOptions): ApiPromise<Acknowledgement>;

  /**
   * Close a live recording when all of its segments are sent.
   *
   * `POST /sessions/{session_id}/restful-segment-transcription/{recording_id}:finish` (finishRecording)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @param recording_id - The recording's id, as creating it returned it.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { is_success } = await clinician.transcription.finishRecording(session_id, recording_id);
   */
  finishRecording(session_id: string, recording_id: string, options?: RequestOptions): ApiPromise<Acknowledgement>;
}

/** Streamed consult-note generation. */
export interface ConsultNotesApi {
  /**
   * Stream a consult note generated from the session's transcript and context.
   *
   * `POST /sessions/{session_id}/consult-note` (generateConsultNote)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500, HeidiStreamError when it breaks off; else
   * another HeidiError.
   *
   * @example
   * const stream = clinician.consultNotes.generate(session_id, {
   *   generation_method: "TEMPLATE",
   *   template_id: "665f1d2c3b4a59687766554a",
   *   addition: "",
   *   voice_style: "GOLDILOCKS",
   *   brain: "LEFT",
   * });
   * for await (const text of stream.textStream()) process.stdout.write(text);
   */
  generate(session_id: string, body: ConsultNoteGenerate, options?: RequestOptions): JsonStream<StreamChunk>;

  /**
   * Generate a consult note against a client-supplied JSON template. The session needs a consult note of free text
   * first, from `consultNotes.generate`.
   *
   * `POST /sessions/{session_id}/client-customised-template/response` (generateCustomTemplateConsultNote)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const customTemplateResponse = await clinician.consultNotes.generateFromTemplate(session_id, {
   *   template: {
   *     template: "Reason for the visit, and what was agreed.",
   *     questions: [
   *       {
   *         questionId: "smoker",
   *         question: "Does the patient smoke?",
   *         answerType: "SingleResponse",
   *         answerOptions: [{ value: "Yes" }, { value: "No" }],
   *       },
   *     ],
   *   },
   * });
   */
  generateFromTemplate(session_id: string, body: GenerateCustomTemplateConsultNoteBody, options?: RequestOptions): ApiPromise<CustomTemplateResponse>;
}

/** Auxiliary template-driven documents. */
export interface DocumentsApi {
  /**
   * Generates a document of a session, such as a referral letter, by a template. The public pages call the new
   * document empty, but print an answer with `content`.
   *
   * `POST /sessions/{session_id}/documents` (generateDocument)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const document = await clinician.documents.generate(session_id, {
   *   generation_method: "TEMPLATE",
   *   template_id: "665f1d2c3b4a59687766554a",
   *   voice_style: "GOLDILOCKS",
   *   brain: "LEFT",
   * });
   */
  generate(session_id: string, body: DocumentGenerate, options?: RequestOptions): ApiPromise<Document>;

  /**
   * Returns the documents of a session.
   *
   * `GET /sessions/{session_id}/documents` (listSessionDocuments)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { data } = await clinician.documents.list(session_id);
   */
  list(session_id: string, options?: RequestOptions): ApiPromise<ListSessionDocumentsResponse>;
}

/** ICD/SNOMED/CPT and related code generation. */
export interface ClinicalCodingApi {
  /**
   * Generate clinical codes for the session across the requested coding system. Coding has to be enabled for your
   * account.
   *
   * `GET /sessions/{session_id}/clinical-codes` (getSessionClinicalCodes)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const clinicalCodesResponse = await clinician.clinicalCoding.getCodes(session_id, {
   *   coding_system: "SNOMED-CT",
   * });
   */
  getCodes(session_id: string, query?: GetSessionClinicalCodesQuery, options?: RequestOptions): ApiPromise<ClinicalCodesResponse>;
}

/** Streamed AI-assistant responses scoped to a session. */
export interface AskHeidiApi {
  /**
   * Stream an AI-assistant response scoped to the session.
   *
   * `POST /sessions/{session_id}/ask-ai` (askHeidi)
   * @param session_id - The session's id, as creating it returned it. Always a string, more digits than a number can
   * hold.
   * @throws HeidiApiError on 400, 401, 403, 404, 409, 422, 429, 500, HeidiStreamError when it breaks off; else
   * another HeidiError.
   *
   * @example
   * const stream = clinician.askHeidi.ask(session_id, {
   *   ai_command_text: "Summarise the following text",
   *   content: "Dry cough for three days, no fever.",
   *   content_type: "MARKDOWN",
   * });
   * for await (const text of stream.textStream()) process.stdout.write(text);
   */
  ask(session_id: string, body: AskHeidiRequest, options?: RequestOptions): JsonStream<StreamChunk>;
}

/** The clinician's own Heidi account, linked to the user that the API knows them by. */
export interface AccountApi {
  /**
   * Tell whether the clinician is linked to a Heidi account, and to which.
   *
   * `GET /users/linked-account/access` (getLinkedAccount)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const linkedAccountAccess = await clinician.account.access();
   */
  access(options?: RequestOptions): ApiPromise<LinkedAccountAccess>;

  /**
   * Link the clinician to their Heidi account.
   *
   * `POST /users/linked-account` (linkAccount)
   * @throws HeidiApiError on 400, 401, 403, 409, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { account } = await clinician.account.link({ kinde_user_id: "kp_0123456789abcdef0123456789abcdef" });
   */
  link(body: LinkAccountBody, options?: RequestOptions): ApiPromise<LinkAccountResponse>;

  /**
   * Remove the link between the clinician and their Heidi account.
   *
   * `DELETE /users/linked-account:unlink` (unlinkAccount)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { is_success } = await clinician.account.unlink();
   */
  unlink(options?: RequestOptions): ApiPromise<Acknowledgement>;
}

/** Token exchange. */
export interface AuthenticationApi {
  /**
   * Exchange a tenant Heidi API key for a short-lived bearer JWT bound to an EHR user.
   *
   * `GET /jwt` (getJwt)
   * @throws HeidiApiError on 400, 401, 403, 422, 429, 500; else another HeidiError.
   *
   * @example
   * const { token, expiration_time } = await heidi.authentication.getJwt({
   *   email: "dr@clinic.example",
   *   third_party_internal_id: "ehr-42",
   * });
   */
  getJwt(query: GetJwtQuery, options?: RequestOptions): ApiPromise<Jwt>;
}

/** Every operation that acts for a user. */
export interface UserApi {
  /** Consult-note templates. */
  readonly templates: TemplatesApi;
  /** Longitudinal patient records. */
  readonly patientProfiles: PatientProfilesApi;
  /** Clinical session lifecycle. */
  readonly sessions: SessionsApi;
  /** Notes, linked sessions, and context document attachments. */
  readonly sessionContext: SessionContextApi;
  /** Audio upload and transcript retrieval. */
  readonly transcription: TranscriptionApi;
  /** Streamed consult-note generation. */
  readonly consultNotes: ConsultNotesApi;
  /** Auxiliary template-driven documents. */
  readonly documents: DocumentsApi;
  /** ICD/SNOMED/CPT and related code generation. */
  readonly clinicalCoding: ClinicalCodingApi;
  /** Streamed AI-assistant responses scoped to a session. */
  readonly askHeidi: AskHeidiApi;
  /** The clinician's own Heidi account, linked to the user that the API knows them by. */
  readonly account: AccountApi;
}

/** Every operation that the API key itself authorises. */
export interface TenantApi {
  /** Token exchange. */
  readonly authentication: AuthenticationApi;
}

/** Binds the operations of {@link UserApi} to something that can run them. */
export function createUserApi(caller: OperationClient): UserApi {
  return {
    templates: {
      list: (options) => caller.call(op.listTemplates, {}, options),
    },
    patientProfiles: {
      create: (body, options) => caller.call(op.createPatientProfile, { body }, options),
      list: (query, options) => caller.call(op.listPatientProfiles, { query }, options),
      get: (patient_profile_id, options) => caller.call(op.getPatientProfile, { path: [patient_profile_id] }, options),
      update: (patient_profile_id, body, options) => caller.call(op.updatePatientProfile, { path: [patient_profile_id], body }, options),
      batchDelete: (body, options) => caller.call(op.batchDeletePatientProfiles, { body }, options),
      linkSession: (patient_profile_id, body, options) => caller.call(op.linkSessionToPatientProfile, { path: [patient_profile_id], body }, options),
    },
    sessions: {
      create: (body = {}, options) => caller.call(op.createSession, { body }, options),
      get: (session_id, options) => caller.call(op.getSession, { path: [session_id] }, options),
      update: (session_id, body, options) => caller.call(op.updateSession, { path: [session_id], body }, options),
      listLinkedUser: (query, options) => caller.call(op.listLinkedUserSessions, { query }, options),
    },
    sessionContext: {
      uploadDocument: (session_id, body, options) => caller.call(op.uploadContextDocument, { path: [session_id], body }, options),
      listDocuments: (session_id, options) => caller.call(op.listContextDocuments, { path: [session_id] }, options),
      deleteDocuments: (session_id, query, options) => caller.call(op.deleteContextDocuments, { path: [session_id], query }, options),
    },
    transcription: {
      uploadAudio: (session_id, body, options) => caller.call(op.uploadSessionAudio, { path: [session_id], body }, options),
      get: (session_id, options) => caller.call(op.getSessionTranscript, { path: [session_id] }, options),
      getLive: (session_id, query, options) => caller.call(op.getLiveSessionTranscript, { path: [session_id], query }, options),
      createRecording: (session_id, options) => caller.call(op.createRecording, { path: [session_id] }, options),
      transcribeSegment: (session_id, recording_id, body, options) => caller.call(op.transcribeSegment, { path: [session_id, recording_id], body }, options),
      finishRecording: (session_id, recording_id, options) => caller.call(op.finishRecording, { path: [session_id, recording_id] }, options),
    },
    consultNotes: {
      generate: (session_id, body, options) => caller.stream(op.generateConsultNote, { path: [session_id], body }, options),
      generateFromTemplate: (session_id, body, options) => caller.call(op.generateCustomTemplateConsultNote, { path: [session_id], body }, options),
    },
    documents: {
      generate: (session_id, body, options) => caller.call(op.generateDocument, { path: [session_id], body }, options),
      list: (session_id, options) => caller.call(op.listSessionDocuments, { path: [session_id] }, options),
    },
    clinicalCoding: {
      getCodes: (session_id, query, options) => caller.call(op.getSessionClinicalCodes, { path: [session_id], query }, options),
    },
    askHeidi: {
      ask: (session_id, body, options) => caller.stream(op.askHeidi, { path: [session_id], body }, options),
    },
    account: {
      access: (options) => caller.call(op.getLinkedAccount, {}, options),
      link: (body, options) => caller.call(op.linkAccount, { body }, options),
      unlink: (options) => caller.call(op.unlinkAccount, {}, options),
    },
  };
}

/** Binds the operations of {@link TenantApi} to something that can run them. */
export function createTenantApi(caller: OperationClient): TenantApi {
  return {
    authentication: {
      getJwt: (query, options) => caller.call(op.getJwt, { query }, options),
    },
  };
}
