import { channel } from "node:diagnostics_channel";
import { isHeidiError } from "../errors.ts";
import { monotonicMs } from "../platform.ts";
import type { Middleware } from "./middleware.ts";

/** The message about an attempt on the channel `heidi-health-sdk:attempt`; it contains nothing secret. */
export interface AttemptDiagnostics {
  /** The operationId, such as `getSession`. */
  readonly operation: string;
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly template: string;
  /** The number of the attempt; 1 for the first. */
  readonly attempt: number;
  /** The time in milliseconds until the response headers arrived, or until the attempt failed. */
  readonly durationMs: number;
  /** The response's status; undefined without a response. */
  readonly status: number | undefined;
  /** The name of the error that ended the attempt; undefined with a response. */
  readonly error: string | undefined;
}

/** The name of the channel. */
export const ATTEMPT_CHANNEL = "heidi-health-sdk:attempt";

/**
 * Creates a middleware that publishes every attempt on Node's `diagnostics_channel`, for metrics and traces. It costs almost
 * nothing while the channel has no subscribers.
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
