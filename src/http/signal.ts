import { HeidiAbortError, type HeidiError, HeidiTimeoutError } from "../errors.ts";
import { MAX_TIMER_MS, monotonicMs } from "../platform.ts";
import { abortWith, reasonOf } from "../utils/abort.ts";

/** A timer. Node's timers can keep the process alive (`ref`, `unref`); those of browsers cannot. */
type Timer = ReturnType<typeof setTimeout> & { ref?(): unknown; unref?(): unknown };

/**
 * Measures how long a reader waits without data. It is called for every chunk, so it reads the clock only once per chunk of
 * data, and sets its timer at most once per period.
 */
export class IdleTimer {
  readonly #limitMs: number;
  #extraMs = 0;
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
   * Pauses the wait, because a slow consumer is not a slow server. Call `touch` after a pause for a consumer; without it, the
   * next `start` continues the same wait.
   */
  pause(): void {
    this.#isWaiting = false;
    this.#timer?.unref?.();
  }

  /** Extends the time limit until the next touch. */
  grant(extraMs: number): void {
    this.#extraMs = extraMs;
  }

  /** Records that data arrived or was sent. */
  touch(): void {
    this.#extraMs = 0;
    this.#sinceMs = this.#isWaiting ? monotonicMs() : undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWaiting = false;
    this.#sinceMs = undefined;
  }

  #leftMs(sinceMs: number): number {
    return this.#limitMs + this.#extraMs - (monotonicMs() - sinceMs);
  }

  #arm(delayMs: number, isFinalCheck = false): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (!this.#isWaiting || this.#sinceMs === undefined) return;
        const leftMs = this.#leftMs(this.#sinceMs);
        if (leftMs > 1) this.#arm(leftMs);
        else if (isFinalCheck) this.#onIdle();
        // If the event loop was blocked, data that arrived in time is read only after the due timers, so check once more.
        else this.#arm(1, true);
      },
      Math.max(1, delayMs),
    );
  }
}

/**
 * The signal that ends a call from outside: the caller's signal, the total deadline, or the client's `close()`.
 * The operation that the call waits for (a token, an attempt, a back-off) registers a function that interrupts it.
 * The signal lives until the response body ends; `release` removes its listeners and its timer.
 */
export class RequestSignal implements Abortable {
  /** The client's calls that have not ended, for its `close()`. */
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

  /** The time in milliseconds until the total deadline; Infinity without one. */
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

  /** Sets the function that interrupts the current operation; calls it at once if the call has already ended. */
  watch(interrupt: (error: HeidiError) => void): void {
    if (this.#ended) interrupt(this.#ended);
    else this.#interrupt = interrupt;
  }

  unwatch(): void {
    this.#interrupt = undefined;
  }

  /** Waits for a delay, but rejects when the call ends. */
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

  /** Waits for work that cannot be cancelled, but rejects when the call ends. */
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

  /** Ends the call now; later calls have no effect. */
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
  /** Called when the caller's signal fires. */
  abort(reason: unknown): void;
}

/**
 * The calls of one client that have not ended, for its `close()`, and their signals. Calls that share a signal share one
 * listener: with more than ten listeners, Node would report a false memory leak.
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

/** Creates an abort controller that aborts with the caller's signal or with the client's `close()`; `release` unlinks it. */
export function linkAbort(
  inFlight: InFlightRequests,
  signal: AbortSignal | undefined,
): { readonly stop: AbortController; readonly release: () => void } {
  const stop = new AbortController();
  const abort = (reason: unknown): void => abortWith(stop, reason);
  const linked = { end: abort, abort };
  if (signal?.aborted) abort(reasonOf(signal));
  inFlight.add(linked, signal);
  return { stop, release: () => inFlight.delete(linked, signal) };
}
