import { reasonOf, throwIfAborted } from "../abort.ts";
import { HeidiNotFoundError } from "../api-errors.ts";
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
} from "../errors.ts";
import type { RequestOptions } from "../transport/options.ts";
import type { Endable } from "../transport/under-way.ts";
import { ignoreFailure } from "../values.ts";
import { bounded } from "./bounded.ts";
import type { PollEnvironment, PollState, Sight, Subject } from "./look.ts";
import { type Asked, planPause, type Schedule } from "./schedule.ts";
import { askedOfRefusal, isPassing } from "./transient.ts";

/** How long a thing that was only just made may be unknown to the server that is asked. */
const GRACE_MS = 10_000;
/** For a look that could only begin after the deadline: a resumed wait looks once in any case. */
const LATE_LOOK_MS = 1_000;
const STATUS = /^[A-Z][A-Z_]{0,39}$/;

/** What a caller decides about a wait, checked. */
export interface PollSettings<S> {
  readonly schedule: Schedule;
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
export class Polling<T, S> {
  last: PollState<S> | undefined;
  /** Set once and for all: the first end wins. */
  end: End<T> | undefined;
  readonly #subject: Subject<T, S>;
  readonly #settings: PollSettings<S>;
  readonly #environment: PollEnvironment;
  #polls: number;
  #startedMs: number | undefined;
  #dueMs = 0;
  #endedMs: number | undefined;
  #seen = false;
  /** Set when the caller or `close()` ended the wait. */
  #stopped: HeidiError | undefined;

  constructor(subject: Subject<T, S>, settings: PollSettings<S>, environment: PollEnvironment) {
    this.#subject = subject;
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
    const { underWay } = this.#environment;
    const stop = new AbortController();
    const ending: Endable = {
      end: (error) => {
        this.#stopped ??= annotate(error, this.#facts(this.#reached()));
        stop.abort();
      },
      abort: (reason) => ending.end(this.#abortError(reason)),
    };
    if (signal?.aborted) ending.abort(reasonOf(signal));
    underWay.add(ending, signal);
    try {
      throwIfAborted(stop.signal);
      await this.#pause(stop.signal);
      await this.#look(stop);
    } catch (error) {
      this.#fail(this.#stopped ?? error);
    } finally {
      underWay.delete(ending, signal);
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

  async #look(stop: AbortController): Promise<void> {
    this.#polls += 1;
    try {
      this.#judge(await this.#ask(stop));
    } catch (error) {
      if (this.#stopped || !isHeidiError(error)) throw error;
      const young = error instanceof HeidiNotFoundError && !this.#seen && this.elapsedMs < GRACE_MS;
      if (!young && !isPassing(error)) throw error;
      this.#goOn("retrying", { error }, { refusalMs: askedOfRefusal(error) });
    }
  }

  /** One look, bounded by its own limit and by the deadline. */
  #ask(stop: AbortController): Promise<Sight<T, S>> {
    const { schedule, headers } = this.#settings;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const timeoutMs = Math.min(schedule.lookTimeoutMs, leftMs > 0 ? leftMs : LATE_LOOK_MS);
    return bounded(this.#environment, timeoutMs, stop, {
      // A failed look is repeated by this wait alone: retries within retries would multiply.
      work: () => this.#subject.look({ signal: stop.signal, timeoutMs, maxRetries: 0, headers }),
      onTimeout: () =>
        new HeidiTimeoutError(`${this.#subject.operation} did not answer in time.`, this.#facts("unknown")),
    });
  }

  #judge(sight: Sight<T, S>): void {
    const { verdict, answer, retryAfterMs } = sight;
    const status = statusOf(sight.status);
    if (verdict.kind === "missing") this.#miss(answer);
    else {
      this.#seen = true;
      if (verdict.kind === "pending") this.#goOn("pending", { answer, status }, { retryAfterMs });
      else this.#tell(verdict.kind, { answer, status });
    }
    if (verdict.kind === "ready") this.#finish({ ok: true, value: verdict.value });
    if (verdict.kind === "failed") {
      this.#fail(this.#error("failed", "the work failed on the server. Waiting longer changes nothing."));
    }
  }

  #miss(answer: S): void {
    if (!this.#seen && this.elapsedMs < GRACE_MS) {
      this.#goOn("pending", { answer });
      return;
    }
    this.#tell("failed", { answer });
    this.#fail(
      this.#error("missing", "there is none with this id. It was deleted, or the id is another one's."),
    );
  }

  /** Plans the next look, or ends the wait when there is no time for one. */
  #goOn(phase: "pending" | "retrying", found: Found<S>, asked: Asked = {}): void {
    const { schedule } = this.#settings;
    const { nowMs, random } = this.#environment;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const nextPollMs = planPause({ ...asked, looks: this.#polls, leftMs }, schedule, random);
    this.#tell(phase, found, nextPollMs);
    if (nextPollMs !== undefined) {
      this.#dueMs = nowMs() + nextPollMs;
      return;
    }
    const status = this.last?.status ? `its last status was ${this.last.status}` : "no status was told";
    const looks = this.#polls === 1 ? "1 look" : `${this.#polls} looks`;
    const why = `the deadline passed after ${looks} in ${this.elapsedMs} ms, ${status}.`;
    this.#fail(this.#error("deadline", `${why} ${this.#subject.onDeadline}`, found.error));
  }

  #tell(phase: PollState<S>["phase"], found: Found<S>, nextPollMs?: number): void {
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
    return { operation: this.#subject.operation, attempts: this.#polls, outcome, cause };
  }

  #error(fault: PollFault, why: string, cause?: unknown): HeidiPollError {
    const { last, elapsedMs } = this;
    return new HeidiPollError(fault, `Waiting for the ${this.#subject.name} ended: ${why}`, {
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
      `Waiting for the ${this.#subject.name} was aborted by its caller. The server goes on with its work.`,
      { cause: reason },
    );
  }
}

interface Found<S> {
  readonly answer?: S | undefined;
  readonly status?: string | undefined;
  readonly error?: PollState<S>["error"];
}

/** A status is shown in errors, so only a word that cannot be anything else is taken over. */
function statusOf(status: unknown): string | undefined {
  if (status === undefined || status === null) return undefined;
  return typeof status === "string" && STATUS.test(status) ? status : "(not a status)";
}
