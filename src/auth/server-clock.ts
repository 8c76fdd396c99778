import { type Clock, Stopwatch } from "../utils/clock.ts";

/** The facts about the server's time in a response. */
export interface TimedResponse {
  /** The `Date` header. */
  readonly date?: string | null | undefined;
  /** The `Age` header: present on a response from a cache, whose `Date` is old. */
  readonly age?: string | null | undefined;
  /** The milliseconds from the request to its response. */
  readonly roundTripMs: number;
}

/** Clocks closer than this count as equal: machines without NTP and slow responses differ this much. */
const SKEW_THRESHOLD_MS = 240_000;
const MAX_ROUND_TRIP_MS = 900_000;
const MAX_DRIFT_MS = 60_000;

const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Returns how far the server's clock is ahead of a wall clock at `wallMs`: 0 when they agree within four minutes,
 * undefined when the response proves nothing. Prefers the later server time, which shortens tokens' lifetimes.
 */
export function measureSkewMs(response: TimedResponse, wallMs: number): number | undefined {
  const { date, age, roundTripMs } = response;
  if (typeof date !== "string" || !IMF_FIXDATE.test(date)) return undefined;
  if (age !== undefined && age !== null) return undefined;
  if (!(roundTripMs >= 0 && roundTripMs <= MAX_ROUND_TRIP_MS)) return undefined;
  const dateMs = Date.parse(date);
  if (Number.isNaN(dateMs)) return undefined;
  const ahead = dateMs > wallMs + SKEW_THRESHOLD_MS;
  const behind = dateMs < wallMs - roundTripMs - SKEW_THRESHOLD_MS;
  // The server wrote its Date between our two readings and cut it to whole seconds.
  return ahead || behind ? dateMs + 1000 + roundTripMs - wallMs : 0;
}

/** The server's time, learned from its responses; this machine's time until then. */
export class ServerClock {
  readonly #clock: Clock;
  #skewMs = 0;
  #since: Stopwatch | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  learn(response: TimedResponse): void {
    const skewMs = measureSkewMs(response, this.#clock.now());
    if (skewMs === undefined) return;
    this.#skewMs = skewMs;
    this.#since = skewMs === 0 ? undefined : new Stopwatch(this.#clock);
  }

  now(): number {
    // After a change of the wall clock, the learned difference is invalid.
    if (this.#since !== undefined && this.#since.driftMs() > MAX_DRIFT_MS) {
      this.#skewMs = 0;
      this.#since = undefined;
    }
    return this.#clock.now() + this.#skewMs;
  }
}
