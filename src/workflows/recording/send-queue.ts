import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import { backoffMs } from "../../http/retry.ts";
import { getRetryAfter, isRetryable } from "../polling/retry-after.ts";
import type { PollEnvironment } from "../polling/types.ts";
import { isOffline, untilOnline } from "./network.ts";

/** Options of a send queue. */
export interface SendQueueOptions {
  readonly concurrency: number;
  send(index: number): Promise<void>;
  /** Called after each send, successful or not. */
  onChange(): void;
}

/** Sends chunks in order, a few at a time, until one fails permanently; that chunk is kept for `restart()`. */
export class SendQueue {
  readonly #parts: SendQueueOptions;
  /** The indexes that are not in flight, in order. */
  readonly #queue: number[] = [];
  #active = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(parts: SendQueueOptions) {
    this.#parts = parts;
  }

  /** The error that stopped the queue; undefined while it runs. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** True when nothing is in flight. */
  get isAtRest(): boolean {
    return this.#active === 0;
  }

  /** True when everything is sent. */
  get isEmpty(): boolean {
    return this.#active === 0 && this.#queue.length === 0;
  }

  add(index: number): void {
    this.#queue.push(index);
    this.#pump();
  }

  /** Retries failed chunks. */
  restart(): void {
    this.#failure = undefined;
    this.#pump();
  }

  /** Starts no further sends. */
  stop(): void {
    this.#stopped = true;
  }

  #pump(): void {
    while (!this.#failure && !this.#stopped && this.#active < this.#parts.concurrency) {
      const index = this.#queue.shift();
      if (index === undefined) return;
      this.#active += 1;
      void this.#send(index);
    }
  }

  async #send(index: number): Promise<void> {
    try {
      await this.#parts.send(index);
    } catch (error) {
      this.#queue.push(index);
      this.#queue.sort((a, b) => a - b);
      this.#failure ??= { error };
    }
    this.#active -= 1;
    this.#pump();
    this.#parts.onChange();
  }
}

/** Options of `retry`. */
export interface RetryOptions {
  readonly environment: Pick<PollEnvironment, "nowMs" | "random" | "sleep">;
  /** The time since the first attempt, in milliseconds, within which a retry must start. */
  readonly retryForMs: number;
  readonly signal: AbortSignal;
  /** Called when an attempt waits for the network. */
  onWaiting?(): void;
  /** Called after every failed attempt, the last one included. */
  onFailure(error: HeidiError, willRepeat: boolean): Promise<void>;
}

/** Retries retryable errors with any outcome: only for work that may be done twice. */
export async function retry<T>(attempt: () => Promise<T>, persistence: RetryOptions): Promise<T> {
  const { environment, retryForMs, signal, onFailure } = persistence;
  let startedMs = environment.nowMs();
  for (let attempts = 1; ; attempts += 1) {
    // Nothing leaves before the network is back, so an offline hour leaves no chunk uncertain, and uses up no time.
    if (await untilOnline(signal, persistence.onWaiting)) {
      attempts = 1;
      startedMs = environment.nowMs();
    }
    try {
      return await attempt();
    } catch (error) {
      if (!isHeidiError(error)) throw error;
      const delayMs = Math.max(backoffMs(attempts, environment.random), getRetryAfter(error) ?? 0);
      const inTime = environment.nowMs() - startedMs + delayMs < retryForMs;
      // For example a token that the page could not fetch: the request waits for the network like any other.
      const isWaiting = error.outcome === "not-sent" && isOffline();
      const canRepeat = isWaiting || (inTime && (isRetryable(error) || isAbandoned(error)));
      const willRepeat = canRepeat && !signal.aborted;
      await onFailure(error, willRepeat);
      if (!willRepeat) throw error;
      if (!isWaiting) await environment.sleep(delayMs, signal);
    }
  }
}

/** Returns the error for a response with `is_success: false`: the API accepted nothing. */
export function abandonRetry(operation: string): HeidiUploadError {
  return new HeidiUploadError(`${operation} failed: the API returned \`is_success: false\`.`, {
    operation,
    outcome: "rejected",
    attempts: 1,
  });
}

const isAbandoned = (error: HeidiError): boolean =>
  error instanceof HeidiUploadError && error.outcome === "rejected";
