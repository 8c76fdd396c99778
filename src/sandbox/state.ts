/** The identity a token is bound to. */
export interface Identity {
  readonly email: string;
  readonly third_party_internal_id: string;
}

/** A patient profile in the format of the API. */
export interface ProfileRecord {
  id: string;
  created_at: string;
  updated_at: string;
  [field: string]: unknown;
}

/** A context document; its status depends on the time. */
export interface ContextDocumentRecord {
  id: string;
  filename: string;
  uploaded_at: string;
  unstructured: boolean;
  size_bytes: number;
  sha256: string;
  readyAtMs: number;
}

/** An uploaded recording. Its content is not kept. */
export interface AudioRecord {
  id: string;
  index: number;
  filename: string | undefined;
  content_type: string;
  size_bytes: number;
  sha256: string;
  uploaded_at: string;
  /** The id of the consult that the recording stands for. */
  consultId: string;
  /** Its transcript, where it is not one of the sandbox's consults. */
  transcript?: string | undefined;
  /** The time at which its transcription is complete; undefined until the first request for a transcript. */
  transcribedAtMs: number | undefined;
}

/** A recording that arrives in chunks during the consult. */
export interface RecordingRecord {
  id: string;
  finished: boolean;
  chunks: RecordedChunk[];
}

/** One chunk of a recording. */
export interface RecordedChunk {
  index: number;
  size_bytes: number;
  sha256: string;
  /** The time at which it is transcribed. */
  readyAtMs: number;
}

/** A generated document. */
export interface DocumentRecord {
  id: string;
  index: number;
  name: string;
  template_id: string;
  generation_type: string;
  content: string;
  content_type: string;
}

/** The consult note that was generated last. */
export interface NoteRecord {
  result: string;
  status: string;
  template_id: string;
  generation_method: string;
  voice_style: string;
  brain: string;
  content_type: string;
  generated_at: string;
}

/** The record of one session. */
export interface SessionRecord {
  session_id: string;
  created_at: string;
  updated_at: string;
  patient_profile_id: string | undefined;
  /** The fields that `PATCH` can set, in the format of the API. */
  fields: Record<string, unknown>;
  context_documents: ContextDocumentRecord[];
  audio: AudioRecord[];
  recordings: RecordingRecord[];
  consult_note: NoteRecord | undefined;
  documents: DocumentRecord[];
  /** The time at which coding is complete, by coding system. */
  codesReadyAtMs: Record<string, number>;
}

/** A linked Heidi account. */
export interface LinkedAccountRecord {
  readonly user_id: string;
  readonly linked_at: string;
}

/** The records of one user; no other user can read them. */
export interface UserRecord {
  identity: Identity;
  /** The linked Heidi account; undefined for none. */
  linked_account?: LinkedAccountRecord;
  profiles: ProfileRecord[];
  sessions: SessionRecord[];
}

/** The state of the sandbox. Plain data: it can be printed, compared, saved and loaded as JSON. */
export interface SandboxState {
  users: UserRecord[];
}

/** Returns the user's records, created on first use. */
export function userOf(state: SandboxState, identity: Identity): UserRecord {
  const known = state.users.find(
    (user) =>
      user.identity.email === identity.email &&
      user.identity.third_party_internal_id === identity.third_party_internal_id,
  );
  if (known !== undefined) return known;
  const user: UserRecord = { identity, profiles: [], sessions: [] };
  state.users.push(user);
  return user;
}

/** Creates an empty session. */
export function newSession(session_id: string, created_at: string): SessionRecord {
  return {
    session_id,
    created_at,
    updated_at: created_at,
    patient_profile_id: undefined,
    fields: { clinician_notes: [], linked_sessions_for_context: [] },
    context_documents: [],
    audio: [],
    recordings: [],
    consult_note: undefined,
    documents: [],
    codesReadyAtMs: {},
  };
}
