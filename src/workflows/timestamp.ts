import { parseExpiration } from "../auth/expiration.ts";

/**
 * The instant of one of the API's timestamps: of `created_at`, `updated_at`, `expiration_time`. Those of sessions come
 * without a zone and mean UTC; `new Date(text)` would take them for the time of the machine's zone. Fractions below a
 * millisecond are cut off. Undefined for null, for nothing, and for what is no timestamp.
 *
 * A date alone, such as a `date_of_birth`, names no instant: keep it as the text that it is.
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
