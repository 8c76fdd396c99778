import { monotonicMs } from "../platform.ts";

/** Time as the token cache sees it; injected by tests. Both in milliseconds. */
export interface Clock {
  /** The wall clock since 1970: may be wrong and may jump. */
  now(): number;
  /** Never jumps, but stands still on some machines while they are suspended. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: monotonicMs };

/**
 * Milliseconds since it was made, by whichever clock saw more time pass. A wall clock set back is outvoted by the
 * monotonic one, a monotonic clock that slept through a suspend by the wall: a token can only be taken for older than
 * it is, never for younger.
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

  /** How far the two clocks have come apart since: the wall clock was set, or the machine slept. */
  driftMs(): number {
    return Math.abs(this.#clock.monotonic() - this.#monotonicMs - (this.#clock.now() - this.#wallMs));
  }
}
