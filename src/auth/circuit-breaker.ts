import { unref, withTimeout } from "../utils/abort.ts";
import { type Clock, Stopwatch } from "../utils/clock.ts";

/** The first call to a group of services that likely share a server, such as a store and its lock; the group shares this. */
export interface FirstContact {
  since?: Stopwatch;
}

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  readonly firstContact: FirstContact;
  /** Called for every failure, including a call that timed out. */
  onFailure(): void;
}

/** The result of a call to an unreliable service. */
export type StoreResult<T> = { readonly done: true; readonly value: T } | { readonly done: false };

const CALL_LIMIT_MS = 250;
/** A store's client connects on its first call, which takes longer than later calls. */
const FIRST_ANSWER_MS = 3_000;
const FAILURES_TO_OPEN = 2;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Longer than any probe takes. A longer probe has ended without a result, together with its request. */
const LOST_PROBE_MS = 10_000;

const FAILED = { done: false } as const;

/**
 * Runs calls that may fail or hang without harm. Each call is limited to 250 ms. After two failures in a row, the breaker
 * skips calls for a while (1 s, doubling to 30 s); then a single call probes the service.
 *
 * Until the first response, calls have up to 3 s from the first contact. A response that arrives too late for its call still
 * shows that the service works.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #delayMs = FIRST_PAUSE_MS;
  #opened: Stopwatch | undefined;
  #probing: Stopwatch | undefined;
  /** True until the service has certainly answered. */
  #isConnecting = true;
  readonly #waiting = new Set<() => void>();

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** False while calls are skipped. */
  get available(): boolean {
    if (this.#opened === undefined) return true;
    const isProbing = this.#probing !== undefined && this.#probing.elapsedMs() < LOST_PROBE_MS;
    return !isProbing && this.#opened.elapsedMs() >= this.#delayMs;
  }

  /** Resolves when the breaker allows calls again. Does not keep the process alive. */
  async whenAvailable(): Promise<void> {
    while (!this.available) {
      const leftMs = this.#delayMs - (this.#opened?.elapsedMs() ?? 0);
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, Math.max(CALL_LIMIT_MS, leftMs));
        unref(timer);
        this.#waiting.add(go);
      });
    }
  }

  /**
   * Runs a call; never rejects.
   *
   * @param isHealthyResponse - returns whether a response shows that the service works; undefined when the response does not show it.
   */
  async run<T>(
    call: () => PromiseLike<T> | T,
    isHealthyResponse: (value: T) => boolean | undefined,
  ): Promise<StoreResult<T>> {
    if (!this.available) return FAILED;
    const probe = this.#opened !== undefined;
    if (probe) this.#probing = new Stopwatch(this.#options.clock);
    let isLate = false;
    try {
      const answer = Promise.resolve(call());
      answer.then(
        (value) =>
          isLate && isHealthyResponse(value) !== false && this.#close(isHealthyResponse(value) === true),
        () => undefined,
      );
      const value = await withTimeout(this.#limitMs(), answer, () => new Error("too late"));
      const isHealthy = isHealthyResponse(value);
      if (isHealthy === false) throw new Error("refused");
      if (isHealthy || probe) this.#close(isHealthy === true);
      return { done: true, value };
    } catch {
      isLate = true;
      this.#fail(probe);
      return FAILED;
    }
  }

  #limitMs(): number {
    if (!this.#isConnecting) return CALL_LIMIT_MS;
    const { firstContact, clock } = this.#options;
    firstContact.since ??= new Stopwatch(clock);
    return Math.max(CALL_LIMIT_MS, FIRST_ANSWER_MS - firstContact.since.elapsedMs());
  }

  #close(certain: boolean): void {
    this.#opened = undefined;
    this.#probing = undefined;
    this.#failures = certain ? 0 : FAILURES_TO_OPEN - 1;
    if (certain) {
      this.#delayMs = FIRST_PAUSE_MS;
      this.#isConnecting = false;
    }
    for (const go of [...this.#waiting]) go();
  }

  #fail(probe: boolean): void {
    this.#failures += 1;
    this.#options.onFailure();
    if (probe) this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_PAUSE_MS);
    else if (this.#opened !== undefined || this.#failures < FAILURES_TO_OPEN) return;
    this.#opened = new Stopwatch(this.#options.clock);
    this.#probing = undefined;
  }
}
