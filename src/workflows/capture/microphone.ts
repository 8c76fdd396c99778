import { HeidiRecordingError, microphoneError } from "./errors.ts";
import {
  type CaptureOptions,
  type CaptureSettings,
  type RecordingClinician,
  throwInvalid,
} from "./options.ts";
import { StreamRecording, startCapture } from "./stream-recording.ts";

/** Options of `recordMicrophone`. */
export interface MicrophoneOptions extends CaptureOptions {
  /** The microphone: a `deviceId` of `navigator.mediaDevices.enumerateDevices()`. Default: the system's choice. */
  readonly deviceId?: string | undefined;
  /** Further constraints for `getUserMedia`, such as `{ noiseSuppression: false }`. */
  readonly constraints?: MediaTrackConstraints | undefined;
}

/**
 * A recording of a microphone. When the system ends the microphone, because a headset is unplugged for example, it
 * continues with the system's choice of the others, now or when one is connected.
 */
export class MicrophoneRecording extends StreamRecording {
  readonly #constraints: MediaTrackConstraints;

  /** Internal: `recordMicrophone` creates recordings. */
  constructor(stream: MediaStream, settings: CaptureSettings, constraints: MediaTrackConstraints) {
    super(stream, settings, { reopen: () => openMicrophone(constraints), release });
    this.#constraints = constraints;
  }

  /**
   * Records another microphone from now on; without `deviceId`, the system's choice. No sound is missing between the two.
   *
   * @throws HeidiRecordingError when it cannot be opened; the recording then continues with the present one.
   */
  async useDevice(deviceId?: string): Promise<void> {
    const stream = await openMicrophone(this.#constraints, deviceId);
    try {
      await this.useStream(stream);
    } catch (error) {
      release(stream);
      throw error;
    }
  }
}

/**
 * Records the microphone of this browser for a session, and sends the chunks while it takes place; or continues the
 * recording in the `store`, after a reload for example. The browser asks the user for permission. `finish()` turns the
 * microphone off.
 *
 * @throws HeidiRecordingError when the microphone cannot be opened, the browser cannot record, or the `store` cannot be
 * used; HeidiArgumentError for an invalid option; otherwise the error of the API. Then nothing is recorded.
 *
 * @example
 * import { indexedDbStore, recordMicrophone } from "heidi-health-sdk/browser";
 *
 * const recording = await recordMicrophone(clinician, session_id, {
 *   store: indexedDbStore({ name: session_id }),
 *   onProgress: ({ event, level = 0 }) => { if (event === "level") meter.value = level; },
 * });
 * stopButton.onclick = () => recording.finish();
 */
export async function recordMicrophone(
  clinician: RecordingClinician,
  session_id: string,
  options: MicrophoneOptions = {},
): Promise<MicrophoneRecording> {
  const { deviceId, constraints = {}, ...rest } = Object(options) as MicrophoneOptions;
  if (deviceId !== undefined && typeof deviceId !== "string")
    throwInvalid("deviceId", "The option `deviceId` must be a string.");
  const stream = await openMicrophone(constraints, deviceId);
  try {
    return await startCapture(
      clinician,
      session_id,
      rest,
      (settings) => new MicrophoneRecording(stream, settings, constraints),
    );
  } catch (error) {
    release(stream);
    throw error;
  }
}

/**
 * Records a `MediaStream` for a session, such as the remote side of a video call, and sends the chunks while it takes
 * place; or continues the recording in the `store`. Its pictures are not recorded, and its tracks are never stopped.
 *
 * @throws HeidiRecordingError when the browser cannot record, or the `store` cannot be used; HeidiArgumentError for a
 * stream without live audio or an invalid option; otherwise the error of the API. Then nothing is recorded.
 *
 * @example
 * const recording = await recordStream(clinician, session_id, call.remoteStream);
 * call.onend = () => recording.finish();
 */
export function recordStream(
  clinician: RecordingClinician,
  session_id: string,
  mediaStream: MediaStream,
  options: CaptureOptions = {},
): Promise<StreamRecording> {
  return startCapture(
    clinician,
    session_id,
    options,
    (settings) => new StreamRecording(mediaStream, settings, undefined),
  );
}

async function openMicrophone(constraints: MediaTrackConstraints, deviceId?: string): Promise<MediaStream> {
  const devices: MediaDevices | undefined = globalThis.navigator?.mediaDevices;
  if (typeof devices?.getUserMedia !== "function") {
    const isSecure = globalThis.isSecureContext !== false;
    throw new HeidiRecordingError(
      isSecure ? "unsupported" : "insecure-context",
      isSecure
        ? "This browser gives pages no microphone. Nothing is being recorded."
        : "Browsers give a microphone only to pages that are served by HTTPS, or from localhost. Nothing is being recorded.",
    );
  }
  const audio = { ...constraints, ...(deviceId !== undefined && { deviceId: { exact: deviceId } }) };
  try {
    return await devices.getUserMedia({ audio });
  } catch (error) {
    throw microphoneError(error);
  }
}

/** Turns a microphone off. */
function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
