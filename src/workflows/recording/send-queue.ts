import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import { backoffMs } from "../../http/retry.ts";
import { getRetryAfter, isRetryable } from "../polling/retry-after.ts";
import type { PollEnvironment } from "../polling/types.ts";

/** What a lane needs of its owner. */
export interface SendQueueOptions {
  readonly concurrency: number;
  send(index: number): Promise<void>;
  /** Called whenever a chunk was sent, or not. */
  onChange(): void;
}

/** Sends chunks in order, a few at a time, until one fails for good; that one is kept for the next start. */
export class SendQueue {
  readonly #parts: SendQueueOptions;
  /** Indexes that are not under way, in order. */
  readonly #queue: number[] = [];
  #active = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(parts: SendQueueOptions) {
    this.#parts = parts;
  }

  /** What the sending ended with; undefined while it goes on. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Nothing is under way. */
  get isAtRest(): boolean {
    return this.#active === 0;
  }

  /** Everything is sent. */
  get isEmpty(): boolean {
    return this.#active === 0 && this.#queue.length === 0;
  }

  add(index: number): void {
    this.#queue.push(index);
    this.#pump();
  }

  /** Tries again what failed. */
  restart(): void {
    this.#failure = undefined;
    this.#pump();
  }

  /** Begins nothing more. */
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

/** How long and how a request is repeated. */
export interface RetryOptions {
  readonly environment: Pick<PollEnvironment, "nowMs" | "random" | "sleep">;
  /** Since the first attempt; the next one begins before that. */
  readonly retryForMs: number;
  readonly signal: AbortSignal;
  /** Called after every failed attempt, the last one included. */
  onFailure(error: HeidiError, willRepeat: boolean): Promise<void>;
}

/** Repeats what fails for a passing reason, whatever its outcome: only for work that may be done twice. */
export async function retry<T>(attempt: () => Promise<T>, persistence: RetryOptions): Promise<T> {
  const { environment, retryForMs, signal, onFailure } = persistence;
  const startedMs = environment.nowMs();
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHeidiError(error)) throw error;
      const delayMs = Math.max(backoffMs(attempts, environment.random), getRetryAfter(error) ?? 0);
      const inTime = environment.nowMs() - startedMs + delayMs < retryForMs;
      const willRepeat = inTime && !signal.aborted && (isRetryable(error) || isAbandoned(error));
      await onFailure(error, willRepeat);
      if (!willRepeat) throw error;
      await environment.sleep(delayMs, signal);
    }
  }
}

/** An answer that says by its content that nothing was taken. */
export function abandonRetry(operation: string): HeidiUploadError {
  return new HeidiUploadError(`${operation} was answered with \`is_success: false\`.`, {
    operation,
    outcome: "rejected",
    attempts: 1,
  });
}

const isAbandoned = (error: HeidiError): boolean =>
  error instanceof HeidiUploadError && error.outcome === "rejected";
