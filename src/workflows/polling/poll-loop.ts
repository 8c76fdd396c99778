import { HeidiNotFoundError } from "../../api-errors.ts";
import {
  annotate,
  HeidiAbortError,
  type HeidiError,
  HeidiPollError,
  HeidiTimeoutError,
  isHeidiError,
  type Outcome,
  type PollFacts,
  type PollFault,
} from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import type { Abortable } from "../../http/signal.ts";
import { reasonOf, throwIfAborted } from "../../utils/abort.ts";
import { ignoreFailure } from "../../utils/values.ts";
import { getRetryAfter, isRetryable } from "./retry-after.ts";
import { nextDelay, type PollSchedule, type RetryAfter } from "./schedule.ts";
import type { PollEnvironment, PollOperation, PollResult, PollState } from "./types.ts";

/** How long a thing that was only just made may be unknown to the server that is asked. */
const GRACE_MS = 10_000;
/** For a look that could only begin after the deadline: a resumed wait looks once in any case. */
const LATE_POLL_MS = 1_000;
const STATUS = /^[A-Z][A-Z_]{0,39}$/;

/** What a caller decides about a wait, checked. */
export interface PollSettings<S> {
  readonly schedule: PollSchedule;
  readonly signal: AbortSignal | undefined;
  readonly headers: RequestOptions["headers"];
  readonly onPoll: ((state: PollState<S>) => unknown) | undefined;
  /** What a wait that this one continues had behind it. */
  readonly before: { readonly polls: number; readonly elapsedMs: number } | undefined;
}

export type End<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/**
 * The course of one wait: each step pauses, looks once and decides. It runs only while somebody calls `step`, so a wait
 * that nobody follows has neither a timer nor a request under way.
 */
export class PollLoop<T, S> {
  last: PollState<S> | undefined;
  /** Set once and for all: the first end wins. */
  end: End<T> | undefined;
  readonly #operation: PollOperation<T, S>;
  readonly #settings: PollSettings<S>;
  readonly #environment: PollEnvironment;
  #polls: number;
  #startedMs: number | undefined;
  #dueMs = 0;
  #endedMs: number | undefined;
  #seen = false;
  /** Set when the caller or `close()` ended the wait. */
  #stopped: HeidiError | undefined;

  constructor(subject: PollOperation<T, S>, settings: PollSettings<S>, environment: PollEnvironment) {
    this.#operation = subject;
    this.#settings = settings;
    this.#environment = environment;
    this.#polls = settings.before?.polls ?? 0;
  }

  get polls(): number {
    return this.#polls;
  }

  get elapsedMs(): number {
    const before = this.#settings.before?.elapsedMs ?? 0;
    if (this.#startedMs === undefined) return before;
    return Math.round(before + (this.#endedMs ?? this.#environment.nowMs()) - this.#startedMs);
  }

  /** Pauses, looks and decides; never rejects. Not to be called again before it is done. */
  async step(): Promise<void> {
    if (this.end) return;
    const { signal } = this.#settings;
    const { inFlight } = this.#environment;
    const stop = new AbortController();
    const ending: Abortable = {
      end: (error) => {
        this.#stopped ??= annotate(error, this.#facts(this.#reached()));
        stop.abort();
      },
      abort: (reason) => ending.end(this.#abortError(reason)),
    };
    if (signal?.aborted) ending.abort(reasonOf(signal));
    inFlight.add(ending, signal);
    try {
      throwIfAborted(stop.signal);
      await this.#pause(stop.signal);
      await this.#poll(stop);
    } catch (error) {
      this.#fail(this.#stopped ?? error);
    } finally {
      inFlight.delete(ending, signal);
    }
  }

  #fail(error: unknown): void {
    this.#finish({ ok: false, error });
  }

  #finish(end: End<T>): void {
    this.#endedMs = this.#environment.nowMs();
    this.end = end;
  }

  async #pause(stop: AbortSignal): Promise<void> {
    const { nowMs, random, sleep } = this.#environment;
    if (this.#startedMs === undefined) {
      this.#startedMs = nowMs();
      // Waits are resumed by the hundred when a process comes back.
      const spreadMs = this.#settings.before ? random() * this.#settings.schedule.intervalMs : 0;
      this.#dueMs = this.#startedMs + spreadMs;
    }
    const delayMs = this.#dueMs - nowMs();
    if (delayMs > 0) await sleep(delayMs, stop);
  }

  async #poll(stop: AbortController): Promise<void> {
    this.#polls += 1;
    try {
      this.#evaluate(await this.#request(stop));
    } catch (error) {
      if (this.#stopped || !isHeidiError(error)) throw error;
      const young = error instanceof HeidiNotFoundError && !this.#seen && this.elapsedMs < GRACE_MS;
      if (!young && !isRetryable(error)) throw error;
      this.#continue("retrying", { error }, { refusalMs: getRetryAfter(error) });
    }
  }

  /** One look, bounded by its own limit and by the deadline. */
  #request(stop: AbortController): Promise<PollResult<T, S>> {
    const { schedule, headers } = this.#settings;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const timeoutMs = Math.min(schedule.pollTimeoutMs, leftMs > 0 ? leftMs : LATE_POLL_MS);
    return withDeadline(this.#environment, timeoutMs, stop, {
      // A failed look is repeated by this wait alone: retries within retries would multiply.
      work: () => this.#operation.poll({ signal: stop.signal, timeoutMs, maxRetries: 0, headers }),
      onTimeout: () =>
        new HeidiTimeoutError(`${this.#operation.operation} did not answer in time.`, this.#facts("unknown")),
    });
  }

  #evaluate(sight: PollResult<T, S>): void {
    const { operationStatus, answer, retryAfterMs } = sight;
    const status = statusOf(sight.status);
    if (operationStatus.kind === "missing") this.#onMissing(answer);
    else {
      this.#seen = true;
      if (operationStatus.kind === "pending") this.#continue("pending", { answer, status }, { retryAfterMs });
      else this.#notify(operationStatus.kind, { answer, status });
    }
    if (operationStatus.kind === "ready") this.#finish({ ok: true, value: operationStatus.value });
    if (operationStatus.kind === "failed") {
      this.#fail(this.#error("failed", "the work failed on the server. Waiting longer changes nothing."));
    }
  }

  #onMissing(answer: S): void {
    if (!this.#seen && this.elapsedMs < GRACE_MS) {
      this.#continue("pending", { answer });
      return;
    }
    this.#notify("failed", { answer });
    this.#fail(
      this.#error("missing", "there is none with this id. It was deleted, or the id is another one's."),
    );
  }

  /** Plans the next look, or ends the wait when there is no time for one. */
  #continue(phase: "pending" | "retrying", found: LastPoll<S>, asked: RetryAfter = {}): void {
    const { schedule } = this.#settings;
    const { nowMs, random } = this.#environment;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const nextPollMs = nextDelay({ ...asked, looks: this.#polls, leftMs }, schedule, random);
    this.#notify(phase, found, nextPollMs);
    if (nextPollMs !== undefined) {
      this.#dueMs = nowMs() + nextPollMs;
      return;
    }
    const status = this.last?.status ? `its last status was ${this.last.status}` : "no status was told";
    const looks = this.#polls === 1 ? "1 look" : `${this.#polls} looks`;
    const why = `the deadline passed after ${looks} in ${this.elapsedMs} ms, ${status}.`;
    this.#fail(this.#error("deadline", `${why} ${this.#operation.onDeadline}`, found.error));
  }

  #notify(phase: PollState<S>["phase"], found: LastPoll<S>, nextPollMs?: number): void {
    const { answer, error } = found;
    // A look that failed tells nothing new of the state.
    const status = phase === "retrying" ? this.last?.status : found.status;
    const { polls, elapsedMs } = this;
    this.last = {
      phase,
      status,
      polls,
      elapsedMs,
      nextPollMs: nextPollMs && Math.round(nextPollMs),
      answer,
      error,
    };
    try {
      const result = this.#settings.onPoll?.(this.last);
      ignoreFailure(result);
    } catch {
      // A progress bar that throws never breaks a wait.
    }
  }

  #facts(outcome: Outcome, cause?: unknown): PollFacts {
    return { operation: this.#operation.operation, attempts: this.#polls, outcome, cause };
  }

  #error(fault: PollFault, why: string, cause?: unknown): HeidiPollError {
    const { last, elapsedMs } = this;
    return new HeidiPollError(fault, `Waiting for the ${this.#operation.name} ended: ${why}`, {
      ...this.#facts(fault === "deadline" ? this.#reached() : "processed", cause),
      elapsedMs,
      lastStatus: last?.status,
      lastState: last,
    });
  }

  /** The looks only read, so all that the server can have done is to answer them. */
  #reached(): Outcome {
    return this.#seen ? "processed" : this.#polls > 0 ? "unknown" : "not-sent";
  }

  #abortError(reason: unknown): HeidiAbortError {
    return new HeidiAbortError(
      `Waiting for the ${this.#operation.name} was aborted by its caller. The server goes on with its work.`,
      { cause: reason },
    );
  }
}

interface LastPoll<S> {
  readonly answer?: S | undefined;
  readonly status?: string | undefined;
  readonly error?: PollState<S>["error"];
}

/** A status is shown in errors, so only a word that cannot be anything else is taken over. */
function statusOf(status: unknown): string | undefined {
  if (status === undefined || status === null) return undefined;
  return typeof status === "string" && STATUS.test(status) ? status : "(not a status)";
}

/** Settles like the work, or rejects when `stop` is aborted or the time is over, which aborts `stop` too. */
export async function withDeadline<T>(
  { sleep }: Pick<PollEnvironment, "sleep">,
  limitMs: number,
  stop: AbortController,
  { work, onTimeout }: { readonly work: () => Promise<T>; readonly onTimeout: () => Error },
): Promise<T> {
  const timer = new AbortController();
  try {
    return await new Promise<T>((resolve, reject) => {
      stop.signal.addEventListener("abort", () => reject(reasonOf(stop.signal)), { once: true });
      const onTime = (): void => {
        reject(onTimeout());
        stop.abort();
      };
      sleep(limitMs, timer.signal).then(onTime, () => undefined);
      work().then(resolve, reject);
    });
  } finally {
    timer.abort();
  }
}
