import { type Clock, Stopwatch } from "./clock.ts";
import { within } from "./timers.ts";

export interface BreakerOptions {
  readonly clock: Clock;
  /** Called for every failure, also of a call that came to an end too late. */
  onFailure(): void;
}

/** What a call to something unreliable brought. */
export type Attempt<T> = { readonly done: true; readonly value: T } | { readonly done: false };

const CALL_LIMIT_MS = 250;
const FAILURES_TO_OPEN = 2;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

const FAILED = { done: false } as const;

/**
 * Calls that may fail or hang without harm: each is bounded to 250 ms, and after two failures in a row none is made
 * for a while (1 s, doubling to 30 s). Then a single one tries whether it works again.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #opened: Stopwatch | undefined;
  #probing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** False while calls are skipped. */
  get available(): boolean {
    return this.#opened === undefined || (!this.#probing && this.#opened.elapsedMs() >= this.#pauseMs);
  }

  /**
   * Never rejects.
   *
   * @param judge - whether an answer shows that it works; undefined when that cannot be told from it.
   */
  async run<T>(
    call: () => PromiseLike<T> | T,
    judge: (value: T) => boolean | undefined,
  ): Promise<Attempt<T>> {
    if (!this.available) return FAILED;
    const probe = this.#opened !== undefined;
    if (probe) this.#probing = true;
    try {
      const value = await within(CALL_LIMIT_MS, call(), () => new Error("too late"));
      const verdict = judge(value);
      if (verdict === false) throw new Error("refused");
      if (verdict || probe) this.#close(verdict === true);
      return { done: true, value };
    } catch {
      this.#fail(probe);
      return FAILED;
    }
  }

  #close(certain: boolean): void {
    this.#opened = undefined;
    this.#probing = false;
    this.#failures = certain ? 0 : FAILURES_TO_OPEN - 1;
    if (certain) this.#pauseMs = FIRST_PAUSE_MS;
  }

  #fail(probe: boolean): void {
    this.#failures += 1;
    this.#options.onFailure();
    if (probe) this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    else if (this.#opened !== undefined || this.#failures < FAILURES_TO_OPEN) return;
    this.#opened = new Stopwatch(this.#options.clock);
    this.#probing = false;
  }
}
