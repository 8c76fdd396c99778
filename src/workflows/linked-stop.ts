import { abortWith, reasonOf } from "../abort.ts";
import type { InFlightRequests } from "../transport/under-way.ts";

/** Ends with the caller's signal or with the client, through the one listener that all calls of a signal share. */
export function linkAbort(
  inFlight: InFlightRequests,
  signal: AbortSignal | undefined,
): { readonly stop: AbortController; readonly release: () => void } {
  const stop = new AbortController();
  const abort = (reason: unknown): void => abortWith(stop, reason);
  const ending = { end: abort, abort };
  if (signal?.aborted) abort(reasonOf(signal));
  inFlight.add(ending, signal);
  return { stop, release: () => inFlight.delete(ending, signal) };
}
