import { annotate, HeidiAbortError, type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import type { Abortable } from "../../http/signal.ts";
import type { TelemetrySpan } from "../../telemetry.ts";
import type { FileInput } from "../../upload/file.ts";
import { abortWith } from "../../utils/abort.ts";
import { bindContext } from "../../utils/async-context.ts";
import { captureCallSite, showInRejection } from "../../utils/call-site.ts";
import { ignoreFailure } from "../../utils/values.ts";
import type { PollEnvironment } from "../polling/types.ts";
import { type CopiedChunk, copyChunk } from "./chunk.ts";
import type { ChunkSender } from "./chunk-sender.ts";
import { inStore, type RecordingJournal } from "./journal.ts";
import { onNetworkChange } from "./network.ts";
import type { RecordingProgress, RecordingSettings, RecordingSummary } from "./options.ts";
import { type RetryOptions, SendQueue } from "./send-queue.ts";

/** Internal: the dependencies of a recording. */
export interface RecordingParts {
  readonly journal: RecordingJournal;
  readonly settings: RecordingSettings;
  readonly segments: ChunkSender;
  readonly environment: PollEnvironment;
  /** The recording's span, if the client reports its workflows. */
  readonly span?: TelemetrySpan | undefined;
  /** Called when the recording is over and its store is free. */
  onEnd(): void;
}

/**
 * A live recording: it accepts chunks in order, sends a few at a time, each with its own index, and retries until the
 * API has them.
 *
 * No chunk is ever lost. A chunk with an unknown outcome (a broken connection, a timeout, a 5xx, a crash) is sent again
 * with the same index, and is listed in {@link RecordingSummary.uncertain}. A chunk that certainly arrived is never sent
 * again.
 *
 * @example
 * await using recording = await clinician.transcription.startRecording(session_id);
 * for await (const chunk of segmentRecording(microphone)) await recording.append(chunk);
 * const { uncertain } = await recording.finish();
 */
export class Recording implements AsyncDisposable {
  readonly #parts: RecordingParts;
  readonly #stop: AbortController = new AbortController();
  readonly #ending: Abortable;
  readonly #queue: SendQueue;
  /** The sizes of the chunks that wait in memory. */
  readonly #held = new Map<number, number>();
  #waiting: (() => void)[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  #finishing: Promise<RecordingSummary> | undefined;
  #stopped: HeidiError | undefined;
  #ended = false;
  /** The error of the last `finish()`. */
  #failure: unknown;
  readonly #ignoreNetwork: () => void;

  /** Internal: `startRecording` creates recordings. */
  constructor(parts: RecordingParts) {
    this.#parts = parts;
    const { journal, environment, settings } = parts;
    const here = bindContext(); // otherwise a chunk would be sent in the async context of the one before it
    this.#queue = new SendQueue({
      concurrency: settings.concurrency,
      send: (index) => here(() => this.#send(index)),
      onChange: () => {
        if (this.#ended) this.#release();
        this.#wake();
      },
    });
    this.#closed = journal.phase !== "open";
    this.#ignoreNetwork = onNetworkChange((isOnline) => {
      this.#notify(isOnline ? "online" : "offline");
      if (isOnline && settings.acceptAfterFailure) this.retry();
    });
    this.#ending = {
      end: (error) => this.#stopWith(error),
      abort: (reason) => this.#stopWith(aborted(reason)),
    };
    environment.inFlight.add(this.#ending, settings.signal);
    for (const [index, { state }] of journal.chunks.entries())
      if (state !== "acknowledged") this.#queue.add(index);
  }

  /** The API's id of this recording. */
  get id(): string {
    return this.#parts.journal.recording_id;
  }

  /** The index of the next chunk: the number of chunks accepted so far, including those before a crash. */
  get nextIndex(): number {
    return this.#parts.journal.chunks.length;
  }

  /** True while `append` accepts chunks; false once the recording is being finished, is finished or aborted. */
  get isOpen(): boolean {
    return !this.#closed && !this.#ended;
  }

  /**
   * Accepts the next chunk: a file that plays on its own, as `segmentRecording` makes them, as bytes or a Blob. Before this
   * returns, bytes are copied and the reading of a Blob has begun: the recorder can reuse its memory at once. Resolves
   * when the chunk is in the store, or, without a store, when memory has room for the next chunk; not when it is sent. You
   * can call it without waiting: the order of the calls is the order of the chunks.
   *
   * Except for the first, the slices of a MediaRecorder with a `timeslice` are not files: pass the whole stream through
   * `segmentRecording`.
   *
   * @throws the error that stopped the sending of an earlier chunk; this chunk is then not accepted, and `finish()`
   * retries those accepted before. HeidiArgumentError for a chunk that is not a file, is only a part of one, is not audio
   * or is too large; the recording continues. HeidiUploadError when the chunk is empty, cannot be read or stored, or when
   * the recording is over; HeidiAbortError.
   */
  append(chunk: FileInput): Promise<void> {
    const late = this.#closed;
    const taken = copyChunk(chunk, this.#parts.settings.maxBufferedBytes);
    const turn = this.#turn.then(() => this.#append(taken, late));
    this.#turn = turn.catch(() => undefined);
    return showInRejection(turn, captureCallSite(this.append));
  }

  /**
   * Stores the unfinished next chunk, as `onDraft` of `segmentRecording` gives it. The next draft or `append` replaces it;
   * when none comes, because the process ends before, it counts as accepted. Does nothing without a `store`.
   *
   * @throws like `append`.
   */
  draft(chunk: FileInput): Promise<void> {
    if (Number.isFinite(this.#parts.settings.roomBytes)) return Promise.resolve();
    const late = this.#closed;
    const taken = copyChunk(chunk, this.#parts.settings.maxBufferedBytes);
    const turn = this.#turn.then(() => this.#draft(taken, late));
    this.#turn = turn.catch(() => undefined);
    return showInRejection(turn, captureCallSite(this.draft));
  }

  /** Sends the chunks again whose sending failed for good, for example after the user has signed in again. */
  retry(): void {
    if (!this.#ended) this.#queue.restart();
  }

  /**
   * Waits until the API has every chunk, marks the recording as complete, and empties the store. Safe to call again, also
   * after a failure: completed work is not repeated.
   *
   * @throws the error with which the API refused a chunk or the whole recording; HeidiAbortError.
   */
  finish(): Promise<RecordingSummary> {
    this.#closed = true;
    const { span } = this.#parts;
    this.#finishing ??= (span ? span.run(() => this.#finish()) : this.#finish()).catch((error: unknown) => {
      this.#finishing = undefined;
      this.#failure = error;
      throw error;
    });
    return showInRejection(this.#finishing, captureCallSite(this.finish));
  }

  /**
   * Stops sending. The API keeps the chunks that it has; the store keeps the others, so that `startRecording` with the
   * same store continues from there. To discard them, call the store's `clear()`. Does nothing once the recording is over.
   */
  async abort(reason?: unknown): Promise<void> {
    this.#stopWith(aborted(reason));
    while (!this.#queue.isAtRest) await this.#change();
  }

  /** Aborts the recording unless it is finished. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.abort();
  }

  #throwIfRefused(chunk: CopiedChunk, late: boolean): void {
    try {
      if (late)
        throw new HeidiUploadError(
          "The recording accepts no more chunks: it is being finished, or is finished.",
        );
      this.#throwIfClosed();
    } catch (error) {
      chunk.release();
      throw error;
    }
  }

  async #append(chunk: CopiedChunk, late: boolean): Promise<void> {
    this.#throwIfRefused(chunk, late);
    const { journal, settings } = this.#parts;
    const { bytes, type, gapMs } = await this.#unlessStopped(chunk);
    const hasRoom = (): boolean =>
      this.#held.size === 0 || this.#heldBytes + bytes.byteLength <= settings.roomBytes;
    await this.#until(hasRoom, () => this.#throwIfClosed());
    const index = this.nextIndex;
    const { draft } = journal;
    journal.chunks.push({ state: "stored", type, gapMs });
    journal.draft = undefined;
    try {
      await journal.save();
      await inStore(() => settings.store.put(index, bytes));
    } catch (error) {
      journal.chunks.pop();
      journal.draft = draft;
      // If it stayed in the store, it would count as accepted after a crash. A draft does count.
      if (!draft) await settings.store.delete(index).catch(() => undefined);
      throw error;
    }
    if (Number.isFinite(settings.roomBytes)) this.#held.set(index, bytes.byteLength);
    this.#notify("stored", index);
    this.#queue.add(index);
  }

  async #draft(chunk: CopiedChunk, late: boolean): Promise<void> {
    this.#throwIfRefused(chunk, late);
    const { journal, settings } = this.#parts;
    const { bytes, type, gapMs } = await this.#unlessStopped(chunk);
    const { draft } = journal;
    journal.draft = { state: "stored", type, gapMs };
    // First the journal: it does not mind a draft that is not in the store, but a chunk that it does not know.
    if (draft?.type !== type || draft?.gapMs !== gapMs) await journal.save();
    await inStore(() => settings.store.put(this.nextIndex, bytes));
  }

  /** Reads a chunk; stopping the recording releases a stream that does not end. */
  #unlessStopped(chunk: CopiedChunk): ReturnType<CopiedChunk["read"]> {
    const { signal } = this.#stop;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        chunk.release();
        reject(this.#stopped);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const settled = chunk.read(this.#parts.journal.chunks[0]?.type).then(resolve, reject);
      void settled.finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  async #send(index: number): Promise<void> {
    const { segments, settings } = this.#parts;
    await segments
      .send(index, {
        ...this.#retryOptions(),
        onEvent: (event, error) => this.#notify(event, index, error),
      })
      .catch((error: unknown) => {
        if (!this.#stopped && isHeidiError(error)) this.#notify("failed", index, error);
        throw error;
      });
    await inStore(() => settings.store.delete(index));
    this.#held.delete(index);
    this.#notify("acknowledged", index);
  }

  async #finish(): Promise<RecordingSummary> {
    const { journal, settings, segments } = this.#parts;
    await this.#turn;
    const draft = journal.acceptDraft();
    if (draft !== undefined) {
      await journal.save();
      this.#queue.add(draft);
    }
    this.#queue.restart();
    await this.#until(() => this.#queue.isEmpty);
    if (journal.phase !== "finished") {
      this.#notify("finishing");
      await segments.finish(this.#retryOptions());
      this.#throwIfOver();
    }
    if (!settings.keepJournal) await inStore(() => settings.store.clear());
    this.#notify("finished");
    this.#end();
    const { recording_id, chunks } = journal;
    const uncertain = [...chunks.keys()].filter((index) => chunks[index]?.uncertain === true);
    const gaps = [...chunks.keys()].filter((index) => chunks[index]?.gapMs !== undefined);
    return { recording_id, chunks: chunks.length, uncertain, ...(gaps.length > 0 && { gaps }) };
  }

  #retryOptions(): Omit<RetryOptions, "onFailure"> {
    const { environment, settings } = this.#parts;
    return { environment, retryForMs: settings.retryForMs, signal: this.#stop.signal };
  }

  get #heldBytes(): number {
    return [...this.#held.values()].reduce((sum, size) => sum + size, 0);
  }

  #throwIfOver(): void {
    if (this.#stopped) throw this.#stopped;
    if (this.#queue.failure) throw this.#queue.failure.error;
  }

  #throwIfClosed(): void {
    if (this.#stopped || !this.#parts.settings.acceptAfterFailure) this.#throwIfOver();
  }

  async #until(isDone: () => boolean, check: () => void = () => this.#throwIfOver()): Promise<void> {
    check();
    while (!isDone()) {
      await this.#change();
      check();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #stopWith(error: HeidiError): void {
    if (this.#ended) return;
    this.#stopped = annotate(error, { operation: "transcribeSegment" });
    this.#queue.stop();
    abortWith(this.#stop, error);
    // An abort after a failure is cleaning up: the failure ended the recording.
    this.#end(this.#failure ?? error);
    this.#wake();
  }

  #end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.span?.end(error, { chunks: this.nextIndex });
    this.#ignoreNetwork();
    const { environment, settings } = this.#parts;
    environment.inFlight.delete(this.#ending, settings.signal);
    this.#release();
  }

  /** Frees the store when nothing is in flight: a request in flight may still write to it. */
  #release(): void {
    if (this.#queue.isAtRest) this.#parts.onEnd();
  }

  #notify(event: RecordingProgress["event"], index?: number, error?: HeidiError): void {
    const { chunks } = this.#parts.journal;
    const acknowledged = chunks.filter(({ state }) => state === "acknowledged").length;
    const counts = { chunks: chunks.length, acknowledged, bufferedBytes: this.#heldBytes };
    try {
      const result = this.#parts.settings.onProgress?.({ event, index, ...counts, error });
      ignoreFailure(result);
    } catch {
      // A callback that throws never breaks a recording.
    }
  }
}

function aborted(reason: unknown): HeidiAbortError {
  return new HeidiAbortError(
    "The recording was aborted by its caller. The API keeps the chunks that it has, and a store keeps the others.",
    { cause: reason, outcome: "unknown" },
  );
}
