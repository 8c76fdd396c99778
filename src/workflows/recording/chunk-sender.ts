import type { TranscriptionApi } from "../../../generated/client.ts";
import { HeidiBadRequestError, HeidiConflictError, HeidiNotFoundError } from "../../api-errors.ts";
import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { extensionOf } from "../../upload/sniff.ts";
import { getProperty } from "../../utils/values.ts";
import { type ChunkRecord, inStore, type RecordingJournal } from "./journal.ts";
import { abandonRetry, type RetryOptions, retry } from "./send-queue.ts";
import type { RecordingStore } from "./store.ts";

/** Options of sending one chunk. */
export interface Sending extends Omit<RetryOptions, "onFailure" | "onWaiting"> {
  onEvent(event: "sending" | "waiting" | "retrying", error?: HeidiError): void;
}

/** The dependencies of a recording's requests. */
export interface ChunkSenderOptions {
  readonly api: Pick<TranscriptionApi, "transcribeSegment" | "finishRecording">;
  readonly session_id: string;
  readonly journal: RecordingJournal;
  readonly store: RecordingStore;
  readonly request: Pick<RequestOptions, "headers" | "timeoutMs">;
}

/** Sends the requests of one recording, and saves the journal before and after each. */
export class ChunkSender {
  readonly #parts: ChunkSenderOptions;

  constructor(parts: ChunkSenderOptions) {
    this.#parts = parts;
  }

  /** Sends a chunk until the API accepts it or refuses it permanently. */
  async send(index: number, sending: Sending): Promise<void> {
    const { journal, store } = this.#parts;
    const facts = journal.chunks[index];
    const kept = await inStore(() => store.get(index));
    if (!facts || !kept) throw new HeidiUploadError("A chunk is no longer in the store of its recording.");
    // A store may reuse its memory for the next chunk while this one is still being retried.
    const bytes = new Uint8Array(kept);
    await retry(
      async () => {
        facts.state = "sent";
        await journal.save();
        sending.onEvent("sending");
        await this.#transcribe(index, bytes, facts, sending.signal);
      },
      {
        ...sending,
        onWaiting: () => sending.onEvent("waiting"),
        onFailure: async (error, willRepeat) => {
          if (error.outcome === "unknown") facts.uncertain = true;
          else facts.state = "stored";
          await journal.save();
          if (willRepeat) sending.onEvent("retrying", error);
        },
      },
    );
    facts.state = "acknowledged";
    await journal.save();
  }

  /** Marks the recording as complete, with retries: a second request has no further effect. */
  async finish(persistence: Omit<RetryOptions, "onFailure">): Promise<void> {
    const { journal } = this.#parts;
    let isUncertain = journal.phase === "finishing";
    journal.phase = "finishing";
    await journal.save();
    try {
      await retry(() => this.#complete(persistence.signal), {
        ...persistence,
        onFailure: async ({ outcome }) => {
          isUncertain ||= outcome === "unknown";
        },
      });
    } catch (error) {
      // An earlier request may have succeeded, and a finished recording cannot be finished again.
      const isGone = [HeidiBadRequestError, HeidiNotFoundError, HeidiConflictError].some(
        (refusal) => error instanceof refusal,
      );
      const isDone = isHeidiError(error) && error.outcome === "processed";
      if (!isDone && !(isUncertain && isGone)) {
        if (!isUncertain) journal.phase = "open";
        throw error;
      }
    }
    journal.phase = "finished";
    await journal.save();
  }

  async #complete(signal: AbortSignal): Promise<void> {
    const { api, session_id, journal, request } = this.#parts;
    const options = { ...request, signal, maxRetries: 0 };
    const answer: unknown = await api.finishRecording(session_id, journal.recording_id, options);
    if (getProperty(answer, "is_success") === false) throw abandonRetry("finishRecording");
  }

  async #transcribe(index: number, data: Uint8Array, facts: ChunkRecord, signal: AbortSignal): Promise<void> {
    const { api, session_id, journal, request } = this.#parts;
    const { type: contentType } = facts;
    const extension = contentType === undefined ? undefined : extensionOf(contentType);
    const filename = extension === undefined ? undefined : `${index}.${extension}`;
    const body = { file: { data, contentType, filename }, index: String(index) };
    // One attempt: the journal records each retry, and would miss the SDK's own ones.
    const options = { ...request, signal, maxRetries: 0 };
    try {
      const answer: unknown = await api.transcribeSegment(session_id, journal.recording_id, body, options);
      if (getProperty(answer, "is_success") === false) throw abandonRetry("transcribeSegment");
    } catch (error) {
      if (!isHeidiError(error)) throw error;
      // A success whose response was lost, or a conflict because an earlier attempt already used the index.
      const isThere = facts.uncertain === true && error instanceof HeidiConflictError;
      if (error.outcome !== "processed" && !isThere) throw error;
    }
  }
}
