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
import type { TelemetrySpan } from "../../telemetry.ts";
import { reasonOf, throwIfAborted } from "../../utils/abort.ts";
import { throwInvalidArgument } from "../../utils/validate.ts";
import { ignoreFailure } from "../../utils/values.ts";
import { getRetryAfter, isRetryable } from "./retry-after.ts";
import { type PollSchedule, resolveSchedule } from "./schedule.ts";
import { restorePoller } from "./serialized-poller.ts";
import type {
  PollEnvironment,
  PollIdentity,
  PollOperation,
  PollOptions,
  PollResult,
  PollState,
} from "./types.ts";

/** The time during which the server may not yet return a resource that was just created. */
const GRACE_MS = 10_000;
/** The timeout of a poll that starts after the deadline: a resumed wait polls at least once. */
const LATE_POLL_MS = 1_000;
const STATUS = /^[A-Z][A-Z_]{0,39}$/;

/** The checked options of a poller. */
interface PollSettings<S> {
  readonly schedule: PollSchedule;
  readonly signal: AbortSignal | undefined;
  readonly headers: RequestOptions["headers"];
  readonly onPoll: ((state: PollState<S>) => unknown) | undefined;
  /** Polls and elapsed time of the saved wait that this one continues. */
  readonly before: { readonly polls: number; readonly elapsedMs: number } | undefined;
}

type End<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Creates the loop of a poller; throws HeidiArgumentError for an invalid option. */
export function createPollLoop<T, S>(
  operation: PollIdentity & PollOperation<T, S>,
  options: PollOptions<S>,
  environment: PollEnvironment,
): PollLoop<T, S> {
  if (typeof options !== "object")
    throwInvalidArgument("options", "The options of a wait must be an object.");
  const { signal, headers, onPoll, resume } = options;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throwInvalidArgument("signal", "The option `signal` must be an AbortSignal.");
  }
  if (onPoll !== undefined && typeof onPoll !== "function") {
    throwInvalidArgument("onPoll", "The option `onPoll` must be a function.");
  }
  const before = resume === undefined ? undefined : restorePoller(resume, operation);
  const schedule = resolveSchedule(options, operation);
  return new PollLoop(operation, { schedule, signal, headers, onPoll, before }, environment);
}

/**
 * The loop of one poller: each step pauses, polls once and decides. It runs only during a call of `step`, so a poller
 * without a consumer has neither a timer nor a request in flight.
 */
export class PollLoop<T, S> {
  last: PollState<S> | undefined;
  /** Set once: the first end wins. */
  end: End<T> | undefined;
  readonly #operation: PollIdentity & PollOperation<T, S>;
  readonly #settings: PollSettings<S>;
  readonly #environment: PollEnvironment;
  /** Started with the first step, ended with the wait. */
  #span: TelemetrySpan | undefined;
  #polls: number;
  #startedMs: number | undefined;
  #dueMs = 0;
  #endedMs: number | undefined;
  #seen = false;
  /** Set when the caller or `close()` ended the wait. */
  #stopped: HeidiError | undefined;

  constructor(
    operation: PollIdentity & PollOperation<T, S>,
    settings: PollSettings<S>,
    environment: PollEnvironment,
  ) {
    this.#operation = operation;
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

  /** Pauses, polls and decides; never rejects. Do not call it again before it has resolved. */
  async step(): Promise<void> {
    if (this.end) return;
    const { telemetry } = this.#environment;
    this.#span ??= telemetry?.startWorkflow({ kind: "wait", name: this.#operation.name });
    await (this.#span ? this.#span.run(() => this.#step()) : this.#step());
  }

  async #step(): Promise<void> {
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
    this.#span?.end(end.ok ? undefined : end.error, { polls: this.#polls });
  }

  async #pause(stop: AbortSignal): Promise<void> {
    const { nowMs, random, sleep } = this.#environment;
    if (this.#startedMs === undefined) {
      this.#startedMs = nowMs();
      // A restarted process can resume hundreds of waits at once.
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

  /** Sends one poll, limited by its own timeout and by the deadline. */
  #request(stop: AbortController): Promise<PollResult<T, S>> {
    const { schedule, headers } = this.#settings;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const timeoutMs = Math.min(schedule.pollTimeoutMs, leftMs > 0 ? leftMs : LATE_POLL_MS);
    return withDeadline(this.#environment, timeoutMs, stop, {
      // Only this loop repeats a failed poll: nested retries would multiply.
      work: () => this.#operation.poll({ signal: stop.signal, timeoutMs, maxRetries: 0, headers }),
      onTimeout: () =>
        new HeidiTimeoutError(`${this.#operation.operation} did not answer in time.`, this.#facts("unknown")),
    });
  }

  #evaluate(result: PollResult<T, S>): void {
    const { operationStatus, answer, retryAfterMs } = result;
    const status = statusOf(result.status);
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
    this.#fail(this.#error("missing", "nothing with this id exists. It was deleted, or the id is wrong."));
  }

  /** Plans the next poll, or ends the wait when there is no time for one. */
  #continue(phase: "pending" | "retrying", last: LastPoll<S>, requested: RetryAfter = {}): void {
    const { schedule } = this.#settings;
    const { nowMs, random } = this.#environment;
    const leftMs = schedule.timeoutMs - this.elapsedMs;
    const nextPollMs = nextDelay({ ...requested, polls: this.#polls, leftMs }, schedule, random);
    this.#notify(phase, last, nextPollMs);
    if (nextPollMs !== undefined) {
      this.#dueMs = nowMs() + nextPollMs;
      return;
    }
    const status = this.last?.status
      ? `its last status was ${this.last.status}`
      : "the API reported no status";
    const polls = this.#polls === 1 ? "1 poll" : `${this.#polls} polls`;
    const why = `the deadline passed after ${polls} in ${this.elapsedMs} ms, ${status}.`;
    this.#fail(this.#error("deadline", `${why} ${this.#operation.onDeadline}`, last.error));
  }

  #notify(phase: PollState<S>["phase"], last: LastPoll<S>, nextPollMs?: number): void {
    const { answer, error } = last;
    // A failed poll reports no new status.
    const status = phase === "retrying" ? this.last?.status : last.status;
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
      // A callback that throws never breaks a wait.
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

  /** Polls only read, so the server can have done nothing but answer them. */
  #reached(): Outcome {
    return this.#seen ? "processed" : this.#polls > 0 ? "unknown" : "not-sent";
  }

  #abortError(reason: unknown): HeidiAbortError {
    return new HeidiAbortError(
      `Waiting for the ${this.#operation.name} was aborted by its caller. The server continues its work.`,
      { cause: reason },
    );
  }
}

interface LastPoll<S> {
  readonly answer?: S | undefined;
  readonly status?: string | undefined;
  readonly error?: PollState<S>["error"];
}

/** Errors show the status, so only a plain status word is copied into them. */
function statusOf(status: unknown): string | undefined {
  if (status === undefined || status === null) return undefined;
  return typeof status === "string" && STATUS.test(status) ? status : "(not a status)";
}

/** Settles like the work, or rejects when `stop` is aborted or the time is over; a timeout also aborts `stop`. */
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

/** The longest delay that the `Retry-After` of a successful answer can cause. */
const RETRY_AFTER_CAP_MS = 60_000;

/** The most time reserved for the last poll, which is sent just before the deadline; it gets at least half of that. */
const LAST_POLL_MS = 1_000;

/**
 * Returns the delay after poll number `polls`: a random value from the interval to a bound that doubles up to the longest
 * interval. Every delay is random, also the first, so that pollers started together spread out.
 */
export function delayMs(polls: number, schedule: PollSchedule, random: () => number): number {
  const { intervalMs, maxIntervalMs } = schedule;
  const boundMs = Math.min(maxIntervalMs, intervalMs * 2 ** Math.min(polls, 40));
  return intervalMs + random() * (boundMs - intervalMs);
}

/** The delay that the server asked for: `retryAfterMs` in a successful answer, `refusalMs` in an error. */
export interface RetryAfter {
  readonly retryAfterMs?: number | undefined;
  readonly refusalMs?: number | undefined;
}

/**
 * Returns the delay before the next poll, or undefined when the deadline leaves no time for one. The last poll is sent
 * just before the deadline, but never earlier than a server that refused has asked for.
 */
export function nextDelay(
  {
    retryAfterMs,
    refusalMs,
    polls,
    leftMs,
  }: RetryAfter & { readonly polls: number; readonly leftMs: number },
  schedule: PollSchedule,
  random: () => number,
): number | undefined {
  const { intervalMs, timeoutMs } = schedule;
  const reserveMs = Math.min(LAST_POLL_MS, timeoutMs / 10);
  const roomMs = leftMs - reserveMs;
  if (roomMs <= 0) return undefined;
  // The time of the last poll is random too: pollers started together have the same deadline.
  const inTime = (ms: number): number =>
    ms <= roomMs ? ms : Math.min(ms, roomMs + (random() * reserveMs) / 2);
  // A little longer than the server asked, so that not all clients return at once.
  const later = (requestedMs: number): number => Math.max(requestedMs, intervalMs) * (1 + random() / 10);
  if (refusalMs !== undefined) {
    return refusalMs >= leftMs ? undefined : Math.max(refusalMs, inTime(later(refusalMs)));
  }
  const delay =
    retryAfterMs === undefined
      ? delayMs(polls, schedule, random)
      : later(Math.min(retryAfterMs, RETRY_AFTER_CAP_MS));
  return inTime(delay);
}
