/** Makes up to `count` calls, `inFlight` at a time, and starts none after `maxMs`; returns the duration of each. */
export async function makeCalls(call, { count, inFlight, maxMs = Number.POSITIVE_INFINITY }) {
  const timesMs = new Float64Array(count);
  const lastMs = performance.now() + maxMs;
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const startedMs = performance.now();
      if (startedMs > lastMs) return;
      const index = next++;
      await call();
      timesMs[index] = performance.now() - startedMs;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return timesMs.subarray(0, next);
}

function percentile(sorted, at) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))];
}

/** Returns the result of `create` for a client of JSON calls. */
export function jsonClient(call) {
  let checked = false;
  return {
    async run(round) {
      if (!checked) {
        const answer = await call();
        // A client that does not parse the response does less work than the others.
        if (!JSON.stringify(answer).includes("Follow-up, shoulder"))
          throw new Error("the response was not parsed");
        checked = true;
      }
      const timesMs = await makeCalls(call, round);
      const sorted = timesMs.sort();
      return {
        calls: sorted.length,
        medianMs: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
        rssMb: process.memoryUsage.rss() / 1e6,
      };
    },
  };
}
