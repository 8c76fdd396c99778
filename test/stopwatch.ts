// The real functions, even while a test has replaced those of the global object.
const { setInterval, clearInterval } = globalThis;
const nowMs = performance.now.bind(performance);
const { cpuUsage } = process;

const HEARTBEAT_MS = 1;
const LONGEST_GAP_MS = 3;

export interface Stopwatch {
  /** Stops the watch and returns the milliseconds that the process had; later calls return the same. */
  ms(): number;
}

/**
 * Starts a stopwatch that stands still while the machine gives this process no CPU, so that an upper bound holds on a busy
 * machine too. Waiting for timers or sockets counts in full, and so does computing; on an idle machine the result is the
 * elapsed time. A synchronous wait, such as `execFileSync` or `Atomics.wait`, looks like a process without CPU and does
 * not count. What another process needs, such as a server that the test asks, counts as waiting.
 */
export function stopwatch(): Stopwatch {
  const startMs = nowMs();
  const startCpu = cpuUsage();
  let beatMs = startMs;
  let waitedMs = 0;
  const beat = (): void => {
    const atMs = nowMs();
    waitedMs += Math.min(atMs - beatMs, LONGEST_GAP_MS);
    beatMs = atMs;
  };
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  heartbeat.unref();
  let result: number | undefined;
  return {
    ms() {
      if (result !== undefined) return result;
      clearInterval(heartbeat);
      beat();
      const { user, system } = cpuUsage(startCpu);
      result = Math.min(beatMs - startMs, waitedMs + (user + system) / 1_000);
      return result;
    },
  };
}

/** Returns how long the work took to settle, either way, by a stopwatch. */
export async function durationMs(work: PromiseLike<unknown>): Promise<number> {
  const watch = stopwatch();
  await Promise.resolve(work).catch(() => undefined);
  return watch.ms();
}
