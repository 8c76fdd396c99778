/** Where the sandbox takes its time from. */
export interface SandboxClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits; resolves early when `signal` is aborted. Default: a timer of the platform. */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/** The platform's time. */
export const realClock: SandboxClock = { now: () => Date.now() };

/** Waits on the clock, or on a platform timer when the clock has none; never longer than until `signal` is aborted. */
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
