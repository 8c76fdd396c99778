import type {
  AccountApi,
  ClinicalCodingApi,
  ConsultNotesApi,
  PatientProfilesApi,
  SessionContextApi,
  SessionsApi,
  TemplatesApi,
  TranscriptionApi,
  UserApi,
} from "../../generated/client.ts";
import type { AccountLinking } from "./account-link.ts";
import type { ConsultFlow } from "./consult/types.ts";
import type { PatientProfilesLists, SessionsLists } from "./pagination.ts";
import type { PatientProfilesFinding } from "./patient-profiles.ts";
import type {
  ClinicalCodingPollers,
  ConsultNotesPollers,
  SessionContextPollers,
  TranscriptionPollers,
} from "./polling/pollers.ts";
import type { TranscriptionRecording } from "./recording/start-recording.ts";
import type { TemplatesChoice } from "./templates.ts";

/** The generated API groups with their workflows. */
export interface WorkflowApi extends UserApi, ConsultFlow {
  /** The clinician's own Heidi account, linked to their user at the API. */
  readonly account: AccountApi & AccountLinking;
  /** Longitudinal patient records. */
  readonly patientProfiles: PatientProfilesApi & PatientProfilesLists & PatientProfilesFinding;
  /** Clinical session lifecycle. */
  readonly sessions: SessionsApi & SessionsLists;
  /** Notes, linked sessions, and context document attachments. */
  readonly sessionContext: SessionContextApi & SessionContextPollers;
  /** Audio upload and transcript retrieval. */
  readonly transcription: TranscriptionApi & TranscriptionPollers & TranscriptionRecording;
  /** Streamed consult-note generation. */
  readonly consultNotes: ConsultNotesApi & ConsultNotesPollers;
  /** Templates for notes and documents. */
  readonly templates: TemplatesApi & TemplatesChoice;
  /** ICD/SNOMED/CPT and related code generation. */
  readonly clinicalCoding: ClinicalCodingApi & ClinicalCodingPollers;
}

/** The API methods that a consult uses. */
export type ConsultApi = Omit<WorkflowApi, "consult">;
