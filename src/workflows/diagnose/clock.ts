import type { Finding } from "./types.ts";

const TOLERATED_MS = 60_000;
/** A `Date` header is truncated to whole seconds: on average it is half a second old when it is written. */
const HALF_A_SECOND_MS = 500;

/**
 * Returns how far the server's clock is ahead of this one, in milliseconds, to the second: compares the date of a response
 * with the local times of its request and receipt. Undefined when the response has no date, or comes from a cache.
 */
export function skewOf(headers: Headers, startedMs: number, endedMs: number): number | undefined {
  const dateMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(dateMs) || headers.get("age") !== null || endedMs < startedMs) return undefined;
  const skewMs = dateMs + HALF_A_SECOND_MS - (startedMs + endedMs) / 2;
  // A difference within the duration of the request cannot be measured.
  const uncertainMs = HALF_A_SECOND_MS + (endedMs - startedMs) / 2;
  return Math.abs(skewMs) <= uncertainMs ? 0 : Math.round(skewMs / 1000) * 1000;
}

/** Returns the finding for a clock skew. */
export function checkClock(skewMs: number | undefined): Finding {
  if (skewMs === undefined)
    return { status: "unknown", finding: "Clock difference unknown: no response with the server's time." };
  if (Math.abs(skewMs) <= TOLERATED_MS) return { status: "ok", finding: "This machine's clock is correct." };
  const seconds = Math.abs(skewMs) / 1000;
  return {
    status: "warning",
    finding: `This machine's clock is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} the server's.`,
    advice:
      "Synchronize it with NTP. The SDK corrects the difference when it checks tokens; the checks of certificates and your own records do not.",
  };
}
