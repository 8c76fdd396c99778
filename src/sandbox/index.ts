export type { SandboxClock } from "./clock.ts";
export type { JournalEntry } from "./journal.ts";
export type { SandboxOptions } from "./options.ts";
export type { Sandbox } from "./sandbox.ts";
export { createSandbox } from "./sandbox.ts";
export type {
  AudioRecord,
  ContextDocumentRecord,
  DocumentRecord,
  Identity,
  NoteRecord,
  ProfileRecord,
  SandboxState,
  SessionRecord,
  UserRecord,
} from "./state.ts";
export { SANDBOX_API_KEY, type SandboxTimings } from "./world.ts";
