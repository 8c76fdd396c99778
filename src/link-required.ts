import { isHeidiError } from "./errors.ts";

const IN_WORDS =
  /\blinked[\s_-]*account\b.{0,40}\b(?:required|needed|missing)\b|\b(?:requires?|needs?)\b.{0,40}\blinked[\s_-]*account\b|\baccount\b.{0,20}\bnot\b.{0,10}\blinked\b/i;
const AS_A_NAME = /linked_?account_?(?:is_?)?required|account_?(?:is_?)?not_?linked/i;

/** What an error response says of itself. */
export interface LinkErrorBody {
  readonly status: number;
  readonly type: string | undefined;
  readonly detail: string | undefined;
}

/** True when the response means that the clinician must be linked to a Heidi account first, in whatever words. */
export function asksForLink({ status, type, detail }: LinkErrorBody): boolean {
  if (status !== 400 && status !== 403) return false;
  return AS_A_NAME.test(type ?? "") || IN_WORDS.test(detail ?? "");
}

/**
 * True when a call was refused because the clinician is not linked to a Heidi account, in which case nothing was done:
 * let them sign in to Heidi at `clinician.account.linkUrl()`, or link them with `account.link()`, and call again.
 *
 * @example
 * try { await clinician.patientProfiles.create(body); } catch (error) { if (!isLinkRequired(error)) throw error; redirect(await clinician.account.linkUrl()); }
 */
export function isLinkRequired(error: unknown): boolean {
  if (!isHeidiError(error)) return false;
  // By its fields and not by its class: the error may come from another copy of this package.
  const status: unknown = Reflect.get(error, "status");
  if (typeof status !== "number") return false;
  return asksForLink({ status, type: textOf(error, "type"), detail: textOf(error, "detail") });
}

function textOf(error: object, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}
