// React Native's AbortSignal has neither a reason nor `throwIfAborted`.
const reasons = new WeakMap<AbortSignal, unknown>();

/** Aborts, with a reason that `reasonOf` finds on every platform. */
export function abortWith(controller: AbortController, reason: unknown): void {
  reasons.set(controller.signal, reason);
  controller.abort(reason);
}

/** Why a signal was aborted. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? reasons.get(signal) ?? new Error("The signal was aborted.");
}

/** @throws the signal's reason when it is aborted. */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}
