// React Native's AbortSignal has neither a reason nor `throwIfAborted`.
const reasons = new WeakMap<AbortSignal, unknown>();

/** Aborts with a reason that `reasonOf` returns on every platform. */
export function abortWith(controller: AbortController, reason: unknown): void {
  reasons.set(controller.signal, reason);
  controller.abort(reason);
}

/** Returns the reason for which a signal was aborted. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? reasons.get(signal) ?? new Error("The signal was aborted.");
}

/** @throws the signal's reason when it is aborted. */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}

type Timer = ReturnType<typeof setTimeout>;

/** Lets the process exit while the timer is pending; does nothing in browsers. */
export function unref(timer: Timer): void {
  const handle: unknown = timer;
  if (typeof handle !== "object" || handle === null || !("unref" in handle)) return;
  if (typeof handle.unref === "function") handle.unref();
}

export interface SleepOptions {
  readonly signal?: AbortSignal | undefined;
  /** True when no caller waits for the result, so the timer must not keep the process alive. */
  readonly background?: boolean | undefined;
}

/** Resolves after `delayMs`; rejects with the signal's reason. */
export function sleep(delayMs: number, { signal, background = false }: SleepOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal && reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    if (background) unref(timer);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Settles like `work`, or rejects: with `onTimeout()` after `limitMs`, with the signal's reason when it is aborted. A
 * later result is ignored.
 */
export function withTimeout<T>(
  limitMs: number,
  work: PromiseLike<T> | T,
  onTimeout: () => Error,
  wait: SleepOptions = {},
): Promise<T> {
  const { signal, background = false } = wait;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal && reasonOf(signal));
    };
    const timer = setTimeout(() => reject(onTimeout()), limitMs);
    if (background) unref(timer);
    signal?.addEventListener("abort", onAbort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      });
  });
}

/**
 * Settles like `work`, or rejects when the signal is aborted: with its reason, or with `toError(reason)`. A later result
 * is ignored.
 */
export function withAbort<T>(
  work: PromiseLike<T>,
  signal: AbortSignal | undefined,
  toError: (reason: unknown) => unknown = (reason) => reason,
): Promise<T> {
  if (signal === undefined) return Promise.resolve(work);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(toError(reasonOf(signal)));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}
