import type { TranscriptionApi } from "../../../generated/client.ts";
import { HeidiAbortError, HeidiArgumentError, HeidiDecodeError } from "../../errors.ts";
import { reasonOf } from "../../utils/abort.ts";
import { ignoreFailure, isText } from "../../utils/values.ts";
import type { PollEnvironment } from "../polling/types.ts";
import { ChunkSender } from "./chunk-sender.ts";
import { RecordingJournal } from "./journal.ts";
import { type RecordingOptions, type RecordingSettings, resolveRecording } from "./options.ts";
import { Recording } from "./recording.ts";
import type { RecordingStore } from "./store.ts";

/** The method that records a consult live. */
export interface TranscriptionRecording {
  /**
   * Starts a live recording of a session, or continues the one in the `store`: after a crash, make the same call again,
   * and continue with chunk `recording.nextIndex`. For a store with a complete recording, it returns that recording, so
   * that you can call its `finish()`.
   *
   * Chunks are files of 45 to 60 seconds that play on their own; `segmentRecording` makes them from a stream.
   *
   * @throws HeidiArgumentError for an invalid option, and for a `store` that is in use or holds the recording of another
   * session or version; otherwise the error of the API. If its outcome is unknown, an empty recording may remain at
   * Heidi; a second call works nevertheless.
   *
   * @example
   * import { directoryStore } from "heidi-health-sdk/node";
   *
   * const recording = await clinician.transcription.startRecording(session_id, {
   *   store: directoryStore("/var/lib/clinic/visit-1"),
   *   onProgress: ({ chunks, acknowledged }) => console.log(`${acknowledged} of ${chunks}`),
   * });
   * await recording.append(chunk);
   * await recording.finish();
   */
  startRecording(session_id: string, options?: RecordingOptions): Promise<Recording>;
}

type Api = Pick<TranscriptionApi, "createRecording" | "transcribeSegment" | "finishRecording">;

/** Binds recordings to the API methods that they call. */
export function createRecordings(api: Api, environment: PollEnvironment): TranscriptionRecording {
  const inUse = new WeakSet<RecordingStore>();
  return {
    startRecording: async (session_id, options = {}) => {
      const settings = resolveRecording(options);
      const { store, request, signal } = settings;
      if (signal?.aborted) throw abortedBefore(reasonOf(signal));
      if (inUse.has(store)) throw taken();
      inUse.add(store);
      const onEnd = (): void => {
        inUse.delete(store);
        try {
          ignoreFailure(store.close?.());
        } catch {
          // The recording is over: a store that cannot close changes nothing.
        }
      };
      const span = environment.telemetry?.startWorkflow({ kind: "recording" });
      const start = async (): Promise<Recording> => {
        const journal =
          (await RecordingJournal.load(store, session_id)) ?? (await begin(api, session_id, settings));
        const segments = new ChunkSender({ api, session_id, journal, store, request });
        return new Recording({ journal, settings, segments, environment, span, onEnd });
      };
      try {
        return await (span ? span.run(start) : start());
      } catch (error) {
        span?.end(error);
        onEnd();
        throw error;
      }
    },
  };
}

async function begin(
  api: Api,
  session_id: string,
  { store, request, signal }: RecordingSettings,
): Promise<RecordingJournal> {
  const { recording_id } = await api.createRecording(session_id, { ...request, signal });
  if (!isText(recording_id)) {
    throw new HeidiDecodeError(
      "transcription.createRecording succeeded, but its response has no `recording_id`.",
      {
        operation: "createRecording",
        outcome: "processed",
        attempts: 1,
      },
    );
  }
  const journal = RecordingJournal.begin(store, session_id, recording_id);
  await journal.save();
  return journal;
}

const taken = (): HeidiArgumentError =>
  new HeidiArgumentError(
    "store",
    "The option `store` is in use by another recording: finish or abort that one, or use a separate store.",
  );

const abortedBefore = (cause: unknown): HeidiAbortError =>
  new HeidiAbortError("The recording was aborted before it began; nothing was sent.", {
    cause,
    operation: "createRecording",
  });
