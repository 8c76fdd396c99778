import { reasonOf } from "../abort.ts";
import type { HeidiError } from "../errors.ts";

/** A call that can be ended from outside. */
export interface Abortable {
  end(error: HeidiError): void;
  /** The caller's signal fired. */
  abort(reason: unknown): void;
}

/**
 * The calls of one client that are not over, for its `close()`, and the signals they listen to. However many calls
 * share a signal, it carries one listener of ours: more than ten would make Node warn of a leak that is none.
 */
export class InFlightRequests {
  readonly #calls = new Set<Abortable>();
  readonly #bySignal = new Map<AbortSignal, Listener>();

  add(call: Abortable, signal: AbortSignal | undefined): void {
    this.#calls.add(call);
    if (signal === undefined) return;
    let listener = this.#bySignal.get(signal);
    if (!listener) {
      listener = new Listener(signal);
      this.#bySignal.set(signal, listener);
    }
    listener.calls.add(call);
  }

  delete(call: Abortable, signal: AbortSignal | undefined): void {
    this.#calls.delete(call);
    const listener = signal && this.#bySignal.get(signal);
    if (!listener?.calls.delete(call) || listener.calls.size > 0) return;
    listener.stop();
    this.#bySignal.delete(signal as AbortSignal);
  }

  abortAll(createError: () => HeidiError): void {
    for (const call of [...this.#calls]) call.end(createError());
  }
}

class Listener {
  readonly calls = new Set<Abortable>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  stop(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    for (const call of [...this.calls]) call.abort(reasonOf(this.#signal));
  };
}
