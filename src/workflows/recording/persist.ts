import { type HeidiError, HeidiUploadError, isHeidiError } from "../../errors.ts";
import { backoffMs } from "../../transport/retry.ts";
import type { PollEnvironment } from "../look.ts";
import { askedOfRefusal, isPassing } from "../transient.ts";

/** How long and how a request is repeated. */
export interface Persistence {
  readonly environment: Pick<PollEnvironment, "nowMs" | "random" | "sleep">;
  /** Since the first attempt; the next one begins before that. */
  readonly retryForMs: number;
  readonly signal: AbortSignal;
  /** Called after every failed attempt, the last one included. */
  onFailure(error: HeidiError, willRepeat: boolean): Promise<void>;
}

/** Repeats what fails for a passing reason, whatever its outcome: only for work that may be done twice. */
export async function persist<T>(attempt: () => Promise<T>, persistence: Persistence): Promise<T> {
  const { environment, retryForMs, signal, onFailure } = persistence;
  const startedMs = environment.nowMs();
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isHeidiError(error)) throw error;
      const delayMs = Math.max(backoffMs(attempts, environment.random), askedOfRefusal(error) ?? 0);
      const inTime = environment.nowMs() - startedMs + delayMs < retryForMs;
      const willRepeat = inTime && !signal.aborted && (isPassing(error) || isDeclined(error));
      await onFailure(error, willRepeat);
      if (!willRepeat) throw error;
      await environment.sleep(delayMs, signal);
    }
  }
}

/** An answer that says by its content that nothing was taken. */
export function declined(operation: string): HeidiUploadError {
  return new HeidiUploadError(`${operation} was answered with \`is_success: false\`.`, {
    operation,
    outcome: "rejected",
    attempts: 1,
  });
}

const isDeclined = (error: HeidiError): boolean =>
  error instanceof HeidiUploadError && error.outcome === "rejected";
