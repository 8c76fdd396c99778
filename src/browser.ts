export { HeidiRecordingError, type RecordingFault } from "./workflows/capture/errors.ts";
export { type IndexedDbStoreOptions, indexedDbStore } from "./workflows/capture/indexed-db-store.ts";
export {
  type MicrophoneOptions,
  type MicrophoneRecording,
  recordMicrophone,
  recordStream,
} from "./workflows/capture/microphone.ts";
export type { CaptureOptions, CaptureProgress, RecordingClinician } from "./workflows/capture/options.ts";
export type { StreamRecording } from "./workflows/capture/stream-recording.ts";
