import { HeidiAbortError, type HeidiError } from "../errors.ts";
import { abortReason } from "./aborted.ts";

/**
 * One piece of work that many callers wait for. Each may stop waiting on its own; when all have, the work is aborted
 * and whatever it still brings is dropped in silence.
 */
export class Flight<T> {
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

  /** Waits for the result, or for the caller's own signal, which must not be aborted yet. */
  join(signal?: AbortSignal): Promise<T> {
    this.#waiters += 1;
    if (signal === undefined) return this.#result;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        reject(abortReason(signal));
        this.#leave();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const done = (): void => signal.removeEventListener("abort", onAbort);
      this.#result.then(resolve, reject).finally(done);
    });
  }

  /** Ends it for everybody. */
  cancel(error: HeidiError): void {
    this.#reject(error);
    this.#controller.abort(error);
  }

  #leave(): void {
    this.#waiters -= 1;
    if (this.#waiters > 0 || this.#settled) return;
    this.#onAbandoned();
    this.cancel(new HeidiAbortError("Nobody waits for this token any more."));
  }
}
