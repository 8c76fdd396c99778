/**
 * Returns the instant of an API timestamp: of `created_at`, `updated_at` or `expiration_time`. Session timestamps have no
 * zone and mean UTC; `new Date(text)` would read them in the machine's zone. Fractions below a millisecond are dropped.
 * Undefined for null, undefined, and text that is not a timestamp.
 *
 * A date without a time, such as a `date_of_birth`, is not an instant: keep it as text.
 *
 * @example
 * const { created_at } = await clinician.sessions.get(session_id);
 * report(parseTimestamp(created_at)?.toLocaleString("en-AU", { timeZone: "Australia/Sydney" }));
 */
export function parseTimestamp(value: string | null | undefined): Date | undefined {
  if (typeof value !== "string" || !value.includes(":")) return undefined;
  const parsed = parseExpiration(value.trim());
  return parsed && new Date(parsed.atMs);
}

/** The expiration of a token. */
export interface Expiration {
  /** Milliseconds since 1970, by the server's clock. */
  readonly atMs: number;
  /** The server's text if it names a zone; otherwise the same instant in ISO 8601 with `Z`. */
  readonly text: string;
}

const ISO =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-]\d\d):?(\d\d)?)?)?$/;

/** Epoch numbers below this are seconds (until the year 5138), the others milliseconds (from March 1973 on). */
const FIRST_MILLISECONDS = 100_000_000_000;

/** The last instant that a Date can hold. */
const LAST_MS = 8_640_000_000_000_000;

/**
 * Parses `expiration_time`; undefined when the value is not certain.
 *
 * - ISO 8601 with `Z` or an offset, to any fraction of a second.
 * - The same without a zone means UTC. `new Date(text)` would read it as local time and be hours off.
 * - A date alone is its first instant in UTC.
 * - A number, or 10 to 13 digits as text, is an epoch: seconds below 100,000,000,000, else milliseconds.
 */
export function parseExpiration(value: unknown): Expiration | undefined {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string") return undefined;
  if (/^\d{10,13}$/.test(value)) return fromEpoch(Number(value));
  const parts = ISO.exec(value);
  return parts === null ? undefined : fromIso(value, parts);
}

function fromEpoch(value: number): Expiration | undefined {
  const atMs = value < FIRST_MILLISECONDS ? value * 1000 : value;
  if (!(atMs > 0 && atMs <= LAST_MS)) return undefined;
  return { atMs, text: new Date(atMs).toISOString() };
}

function fromIso(text: string, parts: RegExpExecArray): Expiration | undefined {
  const [, date, time = "00:00", second = "00", fraction = "0", ahead, aheadMinutes] = parts;
  const stamp = `${date}T${time}:${second}`;
  const wholeMs = Date.parse(`${stamp}Z`);
  // Date moves the 30th of February and hour 24 to the next day; here they are invalid.
  if (Number.isNaN(wholeMs) || !new Date(wholeMs).toISOString().startsWith(stamp)) return undefined;
  const offsetMs = ahead === undefined ? 0 : zoneOffsetMs(ahead, aheadMinutes);
  if (offsetMs === undefined) return undefined;
  const atMs = wholeMs + Math.floor(Number(`0.${fraction}`) * 1000) - offsetMs;
  const zoned = ahead !== undefined || /z$/i.test(text);
  return { atMs, text: zoned ? text : new Date(atMs).toISOString() };
}

function zoneOffsetMs(hours: string, minutes = "00"): number | undefined {
  const size = Math.abs(Number(hours)) * 60 + Number(minutes);
  if (Number(minutes) > 59 || size > 15 * 60) return undefined;
  return (hours.startsWith("-") ? -size : size) * 60_000;
}
