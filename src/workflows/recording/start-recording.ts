import type { TranscriptionApi } from "../../../generated/client.ts";
import { HeidiAbortError, HeidiArgumentError, HeidiDecodeError } from "../../errors.ts";
import { reasonOf } from "../../utils/abort.ts";
import { isText } from "../../utils/values.ts";
import type { PollEnvironment } from "../polling/types.ts";
import { ChunkSender } from "./chunk-sender.ts";
import { RecordingJournal } from "./journal.ts";
import { type RecordingOptions, type RecordingSettings, resolveRecording } from "./options.ts";
import { Recording } from "./recording.ts";
import type { RecordingStore } from "./store.ts";

/** Recording a consult while it takes place. */
export interface TranscriptionRecording {
  /**
   * Begins a live recording of a session, or goes on with the one that the `store` holds: a process that crashed makes
   * the same call again, and continues with chunk `recording.nextIndex`. A store whose recording is complete gives that
   * one back, for its `finish()`.
   *
   * Chunks are files of 45 to 60 seconds that play on their own; `segmentRecording` makes them of a stream.
   *
   * @throws HeidiArgumentError for an option that cannot be used, and for a `store` that is in use or holds the
   * recording of another session or version; else what the API refused with. Should its outcome be unknown, an empty
   * recording may be left there, which a second call does not mind.
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

/** Binds recordings to the methods that they send with. */
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
      };
      try {
        const journal =
          (await RecordingJournal.load(store, session_id)) ?? (await begin(api, session_id, settings));
        const segments = new ChunkSender({ api, session_id, journal, store, request });
        return new Recording({ journal, settings, segments, environment, onEnd });
      } catch (error) {
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
    throw new HeidiDecodeError("createRecording succeeded, but its answer names no recording.", {
      operation: "createRecording",
      outcome: "processed",
      attempts: 1,
    });
  }
  const journal = RecordingJournal.begin(store, session_id, recording_id);
  await journal.save();
  return journal;
}

const taken = (): HeidiArgumentError =>
  new HeidiArgumentError(
    "store",
    "The option `store` is in use by another recording: finish or abort that one, or use a store of its own.",
  );

const abortedBefore = (cause: unknown): HeidiAbortError =>
  new HeidiAbortError("The recording was aborted before it began; nothing was sent.", {
    cause,
    operation: "createRecording",
  });
