import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import { backoffMs } from "../../transport/retry.ts";
import type { PollEnvironment } from "../look.ts";
import { getRetryAfter, isRetryable } from "../transient.ts";

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
