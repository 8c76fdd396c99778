export {
  assertReceived,
  assertReceivedInOrder,
  assertReceivedTimes,
  type ExpectedRequest,
  type MatcherResult,
  type Requests,
  SandboxAssertionError,
  type SandboxMatchers,
  sandboxMatchers,
} from "./assertions.ts";
export type { HistoryEntry, HistoryInputs, HistoryListener } from "./call-history.ts";
export type { SandboxClock } from "./clock.ts";
export { createVirtualClock, type VirtualClock, type VirtualClockOptions } from "./clock.ts";
export { SANDBOX_API_KEY, type SandboxTimings } from "./context.ts";
export type { DialectName } from "./dialects/dialect.ts";
export type {
  BodyFault,
  Fault,
  FaultChoice,
  FaultHandle,
  FaultRule,
  LatencyFault,
  ResetFault,
  SlowReaderFault,
  StatusFault,
  TokenFaultRule,
} from "./faults/types.ts";
export type { SandboxOptions } from "./options.ts";
export type { ReceivedFile } from "./request-body.ts";
export type { Sandbox } from "./sandbox.ts";
export { createSandbox } from "./sandbox.ts";
export type { ScriptedRequest, ScriptOptions } from "./scripts.ts";
export type { SandboxSeed, SavedSandbox, SeedScript, SeedUser } from "./seed.ts";
export type {
  AudioRecord,
  ContextDocumentRecord,
  DocumentRecord,
  Identity,
  LinkedAccountRecord,
  NoteRecord,
  ProfileRecord,
  RecordedChunk,
  RecordingRecord,
  SandboxState,
  SessionRecord,
  UserRecord,
} from "./state.ts";
