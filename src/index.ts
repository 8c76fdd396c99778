export type {
  AccountApi,
  AskHeidiApi,
  AuthenticationApi,
  ClinicalCodingApi,
  ConsultNotesApi,
  DocumentsApi,
  PatientProfilesApi,
  SessionContextApi,
  SessionsApi,
  TemplatesApi,
  TenantApi,
  TranscriptionApi,
  UserApi,
} from "../generated/client.ts";
export type {
  Acknowledgement,
  AnswerType,
  AskHeidiRequest,
  BatchDeletePatientProfilesBody,
  Brain,
  ClinicalCode,
  ClinicalCodeEntity,
  ClinicalCodesResponse,
  CodingSystem,
  ConsultNote,
  ConsultNoteGenerate,
  ConsultNoteGenerationMethod,
  ContentType,
  ContextDocument,
  CreateRecordingResponse,
  CreateSessionResponse,
  CustomTemplate,
  CustomTemplateAnswer,
  CustomTemplateQuestion,
  CustomTemplateResponse,
  DeleteContextDocumentsQuery,
  Document,
  DocumentGenerate,
  DocumentGenerationMethod,
  GenerateCustomTemplateConsultNoteBody,
  GetJwtQuery,
  GetLiveSessionTranscriptQuery,
  GetSessionClinicalCodesQuery,
  Jwt,
  LinkAccountBody,
  LinkAccountResponse,
  LinkedAccount,
  LinkedAccountAccess,
  LinkedSessions,
  LinkSessionToPatientProfileBody,
  LinkSessionToPatientProfileResponse,
  ListContextDocumentsResponse,
  ListLinkedUserSessionsQuery,
  ListLinkedUserSessionsResponse,
  ListPatientProfilesQuery,
  ListPatientProfilesResponse,
  ListSessionDocumentsResponse,
  ListTemplatesResponse,
  LiveTranscript,
  PatientProfile,
  PatientProfileCreate,
  PatientProfileUpdate,
  Session,
  SessionCreate,
  SessionPatient,
  SessionUpdate,
  StreamChunk,
  Template,
  TemplateCategory,
  TranscribeSegmentBody,
  Transcript,
  UploadContextDocumentBody,
  UploadedAudio,
  UploadSessionAudioBody,
  UploadSessionAudioResponse,
  VoiceStyle,
} from "../generated/types.ts";
export type { ApiErrorParts } from "./api-errors.ts";
export {
  HeidiApiError,
  HeidiAuthenticationError,
  HeidiBadRequestError,
  HeidiConflictError,
  HeidiNotFoundError,
  HeidiPermissionError,
  HeidiRateLimitError,
  HeidiServerError,
  HeidiUnprocessableError,
} from "./api-errors.ts";
export type { ReleaseLock, TokenLock } from "./auth/lock.ts";
export type { TokenProvider, TokenResponse } from "./auth/provided-token.ts";
export type { TokenStore } from "./auth/store.ts";
export { Heidi, type HeidiIdentity, type HeidiUser, type StandaloneHeidiUser } from "./client.ts";
export type { ErrorFacts, PollFacts } from "./errors.ts";
export {
  HeidiAbortError,
  HeidiArgumentError,
  HeidiConfigurationError,
  HeidiConnectionError,
  HeidiDecodeError,
  HeidiError,
  HeidiPollError,
  HeidiStreamError,
  HeidiTimeoutError,
  HeidiUploadError,
  isHeidiError,
  type Outcome,
  type PollFault,
  type StreamFault,
} from "./errors.ts";
export type {
  Middleware,
  MiddlewareContext,
  MiddlewareNext,
  MiddlewareRequest,
  MiddlewareResponse,
} from "./http/middleware.ts";
export type { Dialect, HeidiDialect, HttpMethod } from "./http/operation.ts";
export type { RequestOptions, UploadOptions, UploadProgress } from "./http/options.ts";
export type { OnRejected } from "./http/promise.ts";
export { ApiPromise, type WithResponse } from "./http/promise.ts";
export type { RawRequestOptions } from "./http/raw-request.ts";
export { isLinkRequired } from "./link-required.ts";
export type { LogFields, Logger, LogLevel } from "./log.ts";
export type { ClientOptions, HeidiOptions, HeidiRegion } from "./options.ts";
export {
  type ByteStreamOptions,
  JsonStream,
  type StreamFormat,
  type StreamFraming,
  type StreamResponseOptions,
  type StreamWithResponse,
  type TextOptions,
} from "./stream/json-stream.ts";
export type {
  CallSpan,
  Telemetry,
  TelemetryCall,
  TelemetryFacts,
  TelemetrySpan,
  TelemetryWorkflow,
} from "./telemetry.ts";
export type { FileContent, FileInput, FileStream, FileWithProperties } from "./upload/file.ts";
export type { HeidiDeployment } from "./utils/regions.ts";
export { parseTimestamp } from "./utils/timestamp.ts";
export type { AccountLinking } from "./workflows/account-link.ts";
export type {
  ConsultEnd,
  ConsultEvent,
  ConsultEventBody,
  ConsultResult,
} from "./workflows/consult/events.ts";
export type {
  ConsultContext,
  ConsultInput,
  ConsultKey,
  ConsultSession,
  NoteChoice,
} from "./workflows/consult/input.ts";
export type { ConsultOptions } from "./workflows/consult/options.ts";
export type {
  ConsultJournal,
  ConsultResolution,
  ConsultState,
  ConsultStep,
  ConsultStepState,
} from "./workflows/consult/state.ts";
export type { Consult, ConsultFlow } from "./workflows/consult/types.ts";
export type { DiagnoseOptions } from "./workflows/diagnose/diagnose.ts";
export type { CheckStatus, Diagnosis, DiagnosisCheck } from "./workflows/diagnose/types.ts";
export type { LinkUrlOptions } from "./workflows/link-url.ts";
export type { PatientKey, PatientProfilesLists, SessionsLists } from "./workflows/pagination.ts";
export type { FindOrCreateProfile, PatientProfilesFinding } from "./workflows/patient-profiles.ts";
export type { ReadyConsultNote, TranscriptState } from "./workflows/polling/operations.ts";
export { Poller } from "./workflows/polling/poller.ts";
export type {
  ClinicalCodingPollers,
  ConsultNotesPollers,
  SessionContextPollers,
  TranscriptionPollers,
  TranscriptPollOptions,
} from "./workflows/polling/pollers.ts";
export type { PollOptions, PollState, SerializedPoller } from "./workflows/polling/types.ts";
export type {
  RecordingOptions,
  RecordingProgress,
  RecordingSummary,
} from "./workflows/recording/options.ts";
export type { Recording } from "./workflows/recording/recording.ts";
export type { TranscriptionRecording } from "./workflows/recording/start-recording.ts";
export type { RecordingStore } from "./workflows/recording/store.ts";
export { segmentRecording } from "./workflows/segment/segment-recording.ts";
export type { RecordingChunk, RecordingGap, SegmentOptions } from "./workflows/segment/types.ts";
export type { NamedTemplate, TemplatesChoice } from "./workflows/templates.ts";
export type { WorkflowApi } from "./workflows/types.ts";
