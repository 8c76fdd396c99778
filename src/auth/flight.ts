import { abortWith } from "../abort.ts";
import { HeidiAbortError, type HeidiError } from "../errors.ts";
import { tokenAbortError } from "./aborted.ts";

/** What a caller gets that has waited long enough for another's work. */
export const TIMED_OUT: unique symbol = Symbol("too long");

/**
 * One piece of work that many callers wait for. Each may stop waiting on its own; when all have, the work is aborted
 * and whatever it still brings is dropped in silence.
 */
export class SharedTask<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  readonly #onAbandoned: () => void;
  #reject: (error: Error) => void = () => undefined;
  #waiters = 0;
  #settled = false;

  constructor(run: (signal: AbortSignal) => Promise<T>, onAbandoned: () => void) {
    this.#onAbandoned = onAbandoned;
    this.#result = new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      // A turn later, so that whoever makes the flight knows it before it can end.
      Promise.resolve(this.#controller.signal).then(run).then(resolve, reject);
    });
    const settle = (): void => {
      this.#settled = true;
    };
    // Handled here, for it may fail after its last waiter left.
    this.#result.then(settle, settle);
  }

  /**
   * Waits for the result, or for the caller's own signal, which must not be aborted yet. With `patienceMs` it also ends
   * with `TOO_LONG`: work that another began can have ended without a result, together with its request.
   */
  join(signal: AbortSignal | undefined, patienceMs: number): Promise<T | typeof TIMED_OUT>;
  join(signal?: AbortSignal): Promise<T>;
  join(signal?: AbortSignal, patienceMs?: number): Promise<T | typeof TIMED_OUT> {
    this.#waiters += 1;
    if (signal === undefined && patienceMs === undefined) return this.#result;
    return new Promise<T | typeof TIMED_OUT>((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        if (signal) reject(tokenAbortError(signal));
        this.#leave();
      };
      const onTooLong = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(TIMED_OUT);
        this.#leave();
      };
      const timer = patienceMs === undefined ? undefined : setTimeout(onTooLong, patienceMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      this.#result.then(resolve, reject).finally(done);
    });
  }

  /** Ends it for everybody. */
  cancel(error: HeidiError): void {
    this.#reject(error);
    try {
      abortWith(this.#controller, error);
    } catch {
      // Edge workers let no request abort what another one began; its end has done so.
    }
  }

  #leave(): void {
    this.#waiters -= 1;
    if (this.#waiters > 0 || this.#settled) return;
    this.#onAbandoned();
    this.cancel(new HeidiAbortError("Nobody waits for this token any more."));
  }
}
