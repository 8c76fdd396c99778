import { HeidiArgumentError } from "../errors.ts";

/** The source of the sandbox's time. */
export interface SandboxClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits; resolves early when `signal` is aborted. Default: a timer of the platform. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/** The platform's time. */
export const realClock: SandboxClock = { now: () => Date.now() };

/** Waits on the clock, or on a platform timer when the clock has no `sleep`; ends early when `signal` is aborted. */
export async function sleep(clock: SandboxClock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  if (clock.sleep !== undefined) return clock.sleep(ms, signal);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** Options of {@link createVirtualClock}. */
export interface VirtualClockOptions {
  /** The start time, in milliseconds since 1970. Default: now, so that the SDK accepts the sandbox's tokens. */
  readonly startMs?: number | undefined;
  /** True: each wait moves the time and ends at once. False: a wait ends when `advance` reaches its time. Default true. */
  readonly auto?: boolean | undefined;
}

/** A clock that moves only when it is advanced. */
export interface VirtualClock extends SandboxClock {
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Advances the time; the waits up to that time end, in the order of their times. */
  advance(ms: number): void;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/**
 * Creates a clock for `createSandbox({ clock })` so that tests do not wait: transcription, parsing, coding, streams and latency
 * take their configured time on this clock and no real time.
 *
 * @example
 * const clock = createVirtualClock();
 * await using sandbox = await createSandbox({ clock, timings: { transcriptionMs: 240_000 } });
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const { startMs = Date.now(), auto = true } = options;
  if (!Number.isFinite(startMs))
    throw new HeidiArgumentError("startMs", "`startMs` must be a finite number.");
  let nowMs = startMs;
  let sleepers: Sleeper[] = [];
  const advance = (ms: number): void => {
    if (!(Number.isFinite(ms) && ms >= 0))
      throw new HeidiArgumentError("ms", "`advance` takes a number of milliseconds that is not negative.");
    nowMs += ms;
    const due = sleepers.filter(({ untilMs }) => untilMs <= nowMs);
    sleepers = sleepers.filter(({ untilMs }) => untilMs > nowMs);
    for (const { wake } of due.sort((one, other) => one.untilMs - other.untilMs)) wake();
  };
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (auto) return advance(Math.max(0, ms));
    await new Promise<void>((resolve) => {
      const onAbort = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const wake = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const sleeper: Sleeper = { untilMs: nowMs + ms, wake };
      sleepers.push(sleeper);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  };
  return { now: () => nowMs, sleep, advance };
}
