import type { HeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import type { InFlightRequests } from "../../http/signal.ts";

/** What a look means for the wait. */
export type OperationStatus<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "pending" | "failed" | "missing" };

/** What one look at the API found. */
export interface PollResult<T, S> {
  readonly operationStatus: OperationStatus<T>;
  /** As the API told it, known to this SDK or not. */
  readonly status: unknown;
  readonly answer: S;
  /** The delay that the answer asked for by `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** Something that can be waited for. */
export interface PollOperation<T, S> {
  /** What it is, as a word of a sentence and of a saved wait: `transcript`. */
  readonly name: string;
  /** The operationId of what is asked. */
  readonly operation: string;
  /** What tells this wait from others of its kind: ids. Never shown. */
  readonly key: readonly unknown[];
  readonly timeoutMs: number;
  readonly pollTimeoutMs: number;
  /** What a deadline can mean here, and what to do about it. */
  readonly onDeadline: string;
  poll(options: RequestOptions): Promise<PollResult<T, S>>;
}

/** What one look of a wait found, for progress bars and journals. */
export interface PollState<S> {
  /** `retrying`: the look failed in a way that may pass; `error` says how. */
  readonly phase: "pending" | "ready" | "failed" | "retrying";
  /** The API's word for it, such as `PROCESSING`; undefined when it told none. */
  readonly status: string | undefined;
  /** Looks so far, this one included. */
  readonly polls: number;
  /** Since the wait began, in milliseconds. */
  readonly elapsedMs: number;
  /** Until the next look, in milliseconds; undefined when this was the last one. */
  readonly nextPollMs: number | undefined;
  /** The API's answer; undefined when the look failed. Patient data: never log it. */
  readonly answer: S | undefined;
  /** Why the look failed; undefined when it did not. */
  readonly error: HeidiError | undefined;
}

/** What a wait has from its client, and time and chance, which tests inject. */
export interface PollEnvironment {
  /** For the client's `close()`, and for the one listener that all calls of a signal share. */
  readonly inFlight: InFlightRequests;
  /** Milliseconds of a clock that never jumps. */
  nowMs(): number;
  random(): number;
  /** Resolves after `delayMs`; rejects when the signal is aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}
