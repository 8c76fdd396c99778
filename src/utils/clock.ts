import { monotonicMs } from "../platform.ts";

/** The clocks of the token cache, which tests replace. Both return milliseconds. */
export interface Clock {
  /** The wall clock since 1970: can be wrong and can jump. */
  now(): number;
  /** The monotonic clock: never jumps, but stops on some machines while they are suspended. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: monotonicMs };

/**
 * Measures the milliseconds since its creation, by the clock that advanced more. This covers a wall clock that was set
 * back and a monotonic clock that stopped during a suspend: a token can seem older than it is, never younger.
 */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #wallMs: number;
  readonly #monotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallMs = clock.now();
    this.#monotonicMs = clock.monotonic();
  }

  elapsedMs(): number {
    return Math.max(this.#clock.monotonic() - this.#monotonicMs, this.#clock.now() - this.#wallMs);
  }

  /** Returns the drift between the two clocks: non-zero if the wall clock was set or the machine slept. */
  driftMs(): number {
    return Math.abs(this.#clock.monotonic() - this.#monotonicMs - (this.#clock.now() - this.#wallMs));
  }
}
