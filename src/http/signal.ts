import { HeidiAbortError, type HeidiError, HeidiTimeoutError } from "../errors.ts";
import { MAX_TIMER_MS, monotonicMs } from "../platform.ts";
import { abortWith, reasonOf } from "../utils/abort.ts";

/** Node's timers keep the process alive or not; those of browsers have no say. */
type Timer = ReturnType<typeof setTimeout> & { ref?(): unknown; unref?(): unknown };

/**
 * Measures the time in which a reader waits and nothing arrives. Called for every chunk, so it reads the clock once per chunk
 * that counts, and sets the timer again once per period at most.
 */
export class IdleTimer {
  readonly #limitMs: number;
  #moreMs = 0;
  readonly #onIdle: () => void;
  #isWaiting = false;
  /** The start of the first wait since the last touch; undefined without a wait. */
  #sinceMs: number | undefined;
  #timer: Timer | undefined;

  constructor(limitMs: number, onIdle: () => void) {
    this.#limitMs = limitMs;
    this.#onIdle = onIdle;
  }

  /** Starts a wait. */
  start(): void {
    this.#isWaiting = true;
    this.#timer?.ref?.();
    if (this.#sinceMs === undefined) {
      this.#sinceMs = monotonicMs();
      if (this.#timer === undefined) this.#arm(this.#limitMs);
    } else if (this.#timer === undefined) {
      this.#arm(this.#leftMs(this.#sinceMs));
    }
  }

  /**
   * Ends a wait: a slow consumer is not a slow server. A pause for a consumer is followed by a touch before the next start;
   * without a touch between them, a pause and a start are one wait.
   */
  pause(): void {
    this.#isWaiting = false;
    this.#timer?.unref?.();
  }

  /** What is under way until the next touch may take so much longer. */
  grant(moreMs: number): void {
    this.#moreMs = moreMs;
  }

  /** Records that data arrived or was sent. */
  touch(): void {
    this.#moreMs = 0;
    this.#sinceMs = this.#isWaiting ? monotonicMs() : undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWaiting = false;
    this.#sinceMs = undefined;
  }

  #leftMs(sinceMs: number): number {
    return this.#limitMs + this.#moreMs - (monotonicMs() - sinceMs);
  }

  #arm(delayMs: number, isLastLook = false): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#isWaiting || this.#sinceMs === undefined) return;
        const leftMs = this.#leftMs(this.#sinceMs);
        if (leftMs > 1) this.#arm(leftMs);
        else if (isLastLook) this.#onIdle();
        // Where the event loop was held up, what came in time is read only after the timers that are due.
        else this.#arm(1, true);
      },
      Math.max(1, delayMs),
    );
  }
}

/**
 * The signal that ends a call from outside: the caller's signal, the total deadline, or the client's `close()`.
 * Whatever the call waits for next (a token, an attempt, a back-off) registers itself as the thing to interrupt.
 * Lives from the first line of the call to the end of its body; `release` leaves no listener and no timer behind.
 */
export class RequestSignal implements Abortable {
  /** All calls of a client that are not over, for its `close()`. */
  readonly #inFlight: InFlightRequests;
  readonly #signal: AbortSignal | undefined;
  readonly #totalMs: number | undefined;
  readonly #startedMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended: HeidiError | undefined;
  #interrupt: ((error: HeidiError) => void) | undefined;

  constructor(signal: AbortSignal | undefined, totalMs: number | undefined, inFlight: InFlightRequests) {
    this.#inFlight = inFlight;
    this.#signal = signal;
    this.#totalMs = totalMs;
    this.#startedMs = totalMs === undefined ? 0 : monotonicMs();
    if (signal?.aborted) this.#ended = abortError(reasonOf(signal));
    inFlight.add(this, signal);
    if (totalMs !== undefined && totalMs <= MAX_TIMER_MS) this.#timer = setTimeout(this.#onDeadline, totalMs);
  }

  /** Milliseconds left of the total deadline; Infinity without one. */
  get remainingMs(): number {
    return this.#totalMs === undefined
      ? Number.POSITIVE_INFINITY
      : this.#startedMs + this.#totalMs - monotonicMs();
  }

  /** The error that ended the call: of the caller, the total deadline or `close()`; undefined while the call runs. */
  get endedBy(): HeidiError | undefined {
    return this.#ended;
  }

  /** True when the call has ended. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Throws the error that ended the call, if it has ended. */
  check(): void {
    if (this.#ended) throw this.#ended;
  }

  /** Names what to interrupt from now on; called at once when the call has ended already. */
  watch(interrupt: (error: HeidiError) => void): void {
    if (this.#ended) interrupt(this.#ended);
    else this.#interrupt = interrupt;
  }

  unwatch(): void {
    this.#interrupt = undefined;
  }

  /** Waits, but not past the end of the call. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.unwatch();
        resolve();
      }, delayMs);
      this.watch((error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  }

  /** Waits for work that cannot be cancelled, but not past the end of the call. */
  async race<T>(work: Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.watch(reject);
        work.then(resolve, reject);
      });
    } finally {
      this.unwatch();
    }
  }

  /** Ends the call now; the first reason stays. */
  end(error: HeidiError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.release();
    const interrupt = this.#interrupt;
    this.#interrupt = undefined;
    interrupt?.(error);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#inFlight.delete(this, this.#signal);
  }

  abort(reason: unknown): void {
    this.end(abortError(reason));
  }

  readonly #onDeadline = (): void =>
    this.end(new HeidiTimeoutError(`The call did not finish within totalTimeoutMs (${this.#totalMs} ms).`));
}

export function abortError(reason: unknown): HeidiAbortError {
  return new HeidiAbortError("The call was aborted by its caller.", { cause: reason });
}

/** A call that can be aborted from outside. */
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
