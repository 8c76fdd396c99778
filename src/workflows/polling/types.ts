import type { HeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import type { InFlightRequests } from "../../http/signal.ts";
import type { Telemetry } from "../../telemetry.ts";

/** Options of a poller: when it polls, its deadline, and how it is aborted. */
export interface PollOptions<S> {
  /**
   * The shortest delay between two polls, in milliseconds. Default 1,000, growing to `maxIntervalMs`. An interval that
   * you set does not grow: each delay is a random value between the interval and its double.
   */
  readonly intervalMs?: number | undefined;
  /** The longest delay between two polls, in milliseconds. Default 15,000, or twice the `intervalMs` that you set. */
  readonly maxIntervalMs?: number | undefined;
  /** The deadline of the whole wait, in milliseconds; the last poll is sent just before it. Each method has its default. */
  readonly timeoutMs?: number | undefined;
  /**
   * The timeout of one poll, in milliseconds; a poll never runs past the deadline. Default 60,000, and 600,000 for
   * transcripts and codes, because the server does the work while it answers the poll.
   */
  readonly pollTimeoutMs?: number | undefined;
  /** Aborts the wait at once, also during a request. */
  readonly signal?: AbortSignal | undefined;
  /** Additional headers for every request of the wait. */
  readonly headers?: RequestOptions["headers"];
  /** Called after every poll; errors that it throws are ignored. */
  readonly onPoll?: ((state: PollState<S>) => unknown) | undefined;
  /** A wait saved by `toJSON()`, to continue with its remaining time. */
  readonly resume?: SerializedPoller | undefined;
}

/** A wait in a form that can be stored: plain data without ids and without patient data. */
export interface SerializedPoller {
  readonly version: 1;
  /** The kind of wait, such as `transcript`. */
  readonly wait: string;
  /** A hash that distinguishes waits of one kind without naming a session or patient. */
  readonly subject: string;
  /** The number of polls so far. */
  readonly polls: number;
  /** The time spent waiting so far, in milliseconds. The time between saving and resuming does not count. */
  readonly elapsedMs: number;
}

/** The status of the polled operation. */
export type OperationStatus<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "pending" | "failed" | "missing" };

/** The result of one poll. */
export interface PollResult<T, S> {
  readonly operationStatus: OperationStatus<T>;
  /** The status as the API reports it, known to this SDK or not. */
  readonly status: unknown;
  readonly answer: S;
  /** The delay that the `Retry-After` of the answer asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** The identity of a wait, by which a saved one is recognized. */
export interface PollIdentity {
  /** The name in messages and in a saved wait: `transcript`. */
  readonly name: string;
  /** The ids that distinguish this wait from others of its kind. Never shown. */
  readonly key: readonly unknown[];
}

/** An operation that can be polled. */
export interface PollOperation<T, S> {
  /** The operationId of the polled operation. */
  readonly operation: string;
  readonly timeoutMs: number;
  readonly pollTimeoutMs: number;
  /** The advice in the error at the deadline: possible causes and what to do. */
  readonly onDeadline: string;
  poll(options: RequestOptions): Promise<PollResult<T, S>>;
}

/** The state of a wait after a poll, for progress bars and journals. */
export interface PollState<S> {
  /** `retrying`: the poll failed with a retryable error; `error` has the reason. */
  readonly phase: "pending" | "ready" | "failed" | "retrying";
  /** The API's status, such as `PROCESSING`; undefined when the API reported none. */
  readonly status: string | undefined;
  /** The number of polls so far, including this one. */
  readonly polls: number;
  /** The time since the wait began, in milliseconds. */
  readonly elapsedMs: number;
  /** The time until the next poll, in milliseconds; undefined after the last one. */
  readonly nextPollMs: number | undefined;
  /** The API's answer; undefined when the poll failed. Patient data: never log it. */
  readonly answer: S | undefined;
  /** The error of a failed poll; undefined when it succeeded. */
  readonly error: HeidiError | undefined;
}

/** The client's in-flight requests and telemetry, and the clock, random source and timer, which tests replace. */
export interface PollEnvironment {
  /** Receives the spans of workflows. */
  readonly telemetry?: Telemetry | undefined;
  /** Used by the client's `close()`, and for the one abort listener that all calls with a signal share. */
  readonly inFlight: InFlightRequests;
  /** The time of a monotonic clock, in milliseconds. */
  nowMs(): number;
  random(): number;
  /** Resolves after `delayMs`; rejects when the signal is aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}
