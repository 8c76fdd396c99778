import { channel } from "node:diagnostics_channel";
import { isHeidiError } from "../errors.ts";
import { monotonicMs } from "../platform.ts";
import type { Middleware } from "./middleware.ts";

/** What is published of an attempt on the channel `heidi-health-sdk:attempt`; nothing of it is secret. */
export interface AttemptDiagnostics {
  /** The operationId, such as `getSession`. */
  readonly operation: string;
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly template: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Milliseconds until the headers of the answer, or until the attempt failed. */
  readonly durationMs: number;
  /** The answer's status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The name of the error that ended the attempt; undefined when there was an answer. */
  readonly error: string | undefined;
}

/** The name of the channel. */
export const ATTEMPT_CHANNEL = "heidi-health-sdk:attempt";

/**
 * A middleware that tells Node's `diagnostics_channel` of every attempt, for metrics and traces. Costs next to nothing
 * while nobody has subscribed.
 *
 * @example
 * subscribe("heidi-health-sdk:attempt", (message) => record(message as AttemptDiagnostics));
 * const heidi = new Heidi({ middleware: [diagnostics()] });
 */
export function diagnostics(): Middleware {
  const attempts = channel(ATTEMPT_CHANNEL);
  return async (request, next, context) => {
    if (!attempts.hasSubscribers) return next(request);
    const startedMs = monotonicMs();
    const publish = (status: number | undefined, error: string | undefined): void => {
      const { method } = request;
      const message: AttemptDiagnostics = {
        ...context,
        method,
        durationMs: monotonicMs() - startedMs,
        status,
        error,
      };
      attempts.publish(message);
    };
    try {
      const response = await next(request);
      publish(response.status, undefined);
      return response;
    } catch (error) {
      publish(undefined, isHeidiError(error) ? error.name : "TransportFault");
      throw error;
    }
  };
}
