import type { TranscriptionApi } from "../../../generated/client.ts";
import { HeidiBadRequestError, HeidiConflictError, HeidiNotFoundError } from "../../api-errors.ts";
import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { extensionOf } from "../../upload/sniff.ts";
import { getProperty } from "../../utils/values.ts";
import { type ChunkRecord, inStore, type RecordingJournal } from "./journal.ts";
import { abandonRetry, type RetryOptions, retry } from "./send-queue.ts";
import type { RecordingStore } from "./store.ts";

/** How one chunk is sent, and who hears of it. */
export interface Sending extends Omit<RetryOptions, "onFailure"> {
  onEvent(event: "sending" | "retrying", error?: HeidiError): void;
}

/** What the requests of a recording need. */
export interface ChunkSenderOptions {
  readonly api: Pick<TranscriptionApi, "transcribeSegment" | "finishRecording">;
  readonly session_id: string;
  readonly journal: RecordingJournal;
  readonly store: RecordingStore;
  readonly request: Pick<RequestOptions, "headers" | "timeoutMs">;
}

/** The requests of one recording, with the journal kept before and after each. */
export class ChunkSender {
  readonly #parts: ChunkSenderOptions;

  constructor(parts: ChunkSenderOptions) {
    this.#parts = parts;
  }

  /** Sends a chunk until the API has it, or has refused it for good. */
  async send(index: number, sending: Sending): Promise<void> {
    const { journal, store } = this.#parts;
    const facts = journal.chunks[index];
    const kept = await inStore(() => store.get(index));
    if (!facts || !kept) throw new HeidiUploadError("A chunk is no longer in the store of its recording.");
    // A store may use its memory again for the next chunk while this one is still repeated.
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

  /** Tells the API that all chunks are there, as often as it takes: a request that comes twice changes nothing more. */
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
      // An earlier request may have done it, and a recording that is finished cannot be finished again.
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
    // One attempt: repetitions are noted in the journal, so this SDK's own retries would go unseen.
    const options = { ...request, signal, maxRetries: 0 };
    try {
      const answer: unknown = await api.transcribeSegment(session_id, journal.recording_id, body, options);
      if (getProperty(answer, "is_success") === false) throw abandonRetry("transcribeSegment");
    } catch (error) {
      if (!isHeidiError(error)) throw error;
      // A success whose answer was lost, or the answer to an index that is taken by an attempt before.
      const isThere = facts.uncertain === true && error instanceof HeidiConflictError;
      if (error.outcome !== "processed" && !isThere) throw error;
    }
  }
}
