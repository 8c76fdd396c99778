import { type ErrorFacts, HeidiError, nameKinds } from "../../errors.ts";

/**
 * The reason why a browser cannot record, or cannot keep what it recorded.
 *
 * - `permission-denied`: the user, the browser or the page's policy refused the microphone.
 * - `no-device`: there is no microphone, or not the one that was chosen.
 * - `device-in-use`: the system does not give the microphone to this page.
 * - `insecure-context`: the page is not served by HTTPS, so the browser offers no microphone or encryption.
 * - `unsupported`: the browser has no recorder, or no container that Heidi accepts.
 * - `source-ended`: the system ended the microphone, for example because a headset was unplugged.
 * - `recorder-failed`: the browser's recorder failed.
 * - `storage-full`: the browser gives the page no more storage.
 * - `storage-failed`: the browser's storage is not available, or damaged.
 * - `storage-expired`: the stored recording was older than its `maxAgeMs`, and is deleted.
 * - `in-use`: another tab sends this recording.
 */
export type RecordingFault =
  | "permission-denied"
  | "no-device"
  | "device-in-use"
  | "insecure-context"
  | "unsupported"
  | "source-ended"
  | "recorder-failed"
  | "storage-full"
  | "storage-failed"
  | "storage-expired"
  | "in-use";

/** Thrown when a browser cannot record, or cannot keep what it recorded. Never names a device. */
export class HeidiRecordingError extends HeidiError {
  override readonly name: string = "HeidiRecordingError";
  /** The reason. */
  readonly fault: RecordingFault;

  constructor(fault: RecordingFault, message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.fault = fault;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), fault: this.fault };
  }
}

nameKinds({ HeidiRecordingError });

/** The name of a platform's error, such as `NotAllowedError`; its message may name a device. */
export const nameOfFault = (error: unknown): string => {
  const name: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "name") : undefined;
  return typeof name === "string" && /^[A-Z][A-Za-z]{0,40}$/.test(name) ? name : "Error";
};

const NOTHING_RECORDED = "Nothing is being recorded.";
const MICROPHONE_FAULTS: Readonly<Record<string, readonly [RecordingFault, string]>> = {
  NotAllowedError: [
    "permission-denied",
    "The microphone was refused: by the user, by the browser's or the system's settings, or because the page is in a frame without `allow=\"microphone\"`. Ask the user to allow it in the browser's address bar or settings, then call again.",
  ],
  NotFoundError: [
    "no-device",
    "No microphone was found. Ask the user to connect one, then call again; `devicechange` of `navigator.mediaDevices` tells when.",
  ],
  OverconstrainedError: [
    "no-device",
    "No microphone fits `deviceId` or `constraints`. Call again without them, or with the id of a device that is connected.",
  ],
  NotReadableError: [
    "device-in-use",
    "The system does not give the microphone to this page. Ask the user to close other programs that use it, and to check the system's privacy settings.",
  ],
};

/** The error for a microphone that cannot be opened. */
export function microphoneError(error: unknown): HeidiRecordingError {
  const name = nameOfFault(error);
  const alias = { SecurityError: "NotAllowedError", AbortError: "NotReadableError" }[name] ?? name;
  const [fault, message] = MICROPHONE_FAULTS[alias] ?? [
    "device-in-use",
    "The browser could not open the microphone. Check `constraints`, and that the device works.",
  ];
  return new HeidiRecordingError(fault, `${message} (${name}) ${NOTHING_RECORDED}`);
}
