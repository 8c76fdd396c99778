/** The identity a token is bound to. */
export interface Identity {
  readonly email: string;
  readonly third_party_internal_id: string;
}

/** A patient profile as the API spells it. */
export interface ProfileRecord {
  id: string;
  created_at: string;
  updated_at: string;
  [field: string]: unknown;
}

/** A context document; its status follows from the time. */
export interface ContextDocumentRecord {
  id: string;
  filename: string;
  uploaded_at: string;
  unstructured: boolean;
  size_bytes: number;
  sha256: string;
  readyAtMs: number;
}

/** A recording that was uploaded. Only its measures are kept. */
export interface AudioRecord {
  id: string;
  index: number;
  filename: string | undefined;
  content_type: string;
  size_bytes: number;
  sha256: string;
  uploaded_at: string;
  /** Which consult it is taken for. */
  consultId: string;
  /** What is said in it, where that is none of the sandbox's consults. */
  transcript?: string | undefined;
  /** When its transcription will be complete; undefined until somebody asks for a transcript. */
  transcribedAtMs: number | undefined;
}

/** A recording that arrives in chunks while the consult goes on. */
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
  /** When it will be transcribed. */
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

/** All that is known of one session. */
export interface SessionRecord {
  session_id: string;
  created_at: string;
  updated_at: string;
  patient_profile_id: string | undefined;
  /** What `PATCH` may set, as the API spells it. */
  fields: Record<string, unknown>;
  context_documents: ContextDocumentRecord[];
  audio: AudioRecord[];
  recordings: RecordingRecord[];
  consult_note: NoteRecord | undefined;
  documents: DocumentRecord[];
  /** When coding will be complete, by coding system. */
  codesReadyAtMs: Record<string, number>;
}

/** A Heidi account that a user was linked to. */
export interface LinkedAccountRecord {
  readonly user_id: string;
  readonly linked_at: string;
}

/** What one user owns; nobody else sees it. */
export interface UserRecord {
  identity: Identity;
  /** The Heidi account that it is linked to; undefined for none. */
  linked_account?: LinkedAccountRecord;
  profiles: ProfileRecord[];
  sessions: SessionRecord[];
}

/** Everything the sandbox remembers. Plain data: it can be printed, compared, saved and loaded as JSON. */
export interface SandboxState {
  users: UserRecord[];
}

/** The user's records, made on first use. */
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

/** A session in which nothing happened yet. */
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
