import { HeidiApiError } from "../../api-errors.ts";
import type { HeidiError } from "../../errors.ts";
import type { RequestOptions } from "../../http/options.ts";
import { isLinkRequired } from "../../link-required.ts";
import { withoutLink } from "../../utils/doc-link.ts";
import { type Clinician, type DiagnosisTools, type Finding, rethrowUnlessKnown } from "./types.ts";

/** The result of requesting the link, and the duration of the request. */
export interface Link {
  readonly finding: Finding;
  readonly linked?: boolean | undefined;
  readonly latencyMs?: number | undefined;
}

/** The result without a token: no request can be sent. */
export const NOT_TRIED: Link = {
  finding: { status: "unknown", finding: "Account link unknown: checking it needs a token." },
};

const LINK_ADVICE =
  "Let the clinician sign in to Heidi at account.linkUrl(), or link them with account.link({ kinde_user_id }).";

/** Requests the link on behalf of the clinician. */
export async function tryLink(
  tools: DiagnosisTools,
  clinician: Clinician,
  request: RequestOptions,
): Promise<Link> {
  let startedMs: number | undefined;
  const elapsedMs = (): number | undefined =>
    startedMs === undefined ? undefined : Math.round(tools.monotonicMs() - startedMs);
  try {
    // Before the timer starts: only one call is measured, on a connection that is already open.
    await clinician.token(request);
    startedMs = tools.monotonicMs();
    const access = await clinician.account.access(request);
    return { ...evaluateLink(access?.is_linked, access?.is_valid), latencyMs: elapsedMs() };
  } catch (error) {
    const known = rethrowUnlessKnown(error);
    const latencyMs = known instanceof HeidiApiError ? elapsedMs() : undefined;
    if (isLinkRequired(known)) return { ...evaluateLink(false, undefined), latencyMs };
    return { finding: explainLink(known), latencyMs };
  }
}

function evaluateLink(linked: unknown, valid: unknown): Pick<Link, "finding" | "linked"> {
  if (typeof linked !== "boolean") {
    return {
      finding: { status: "unknown", finding: "Account link unknown: the response does not contain it." },
    };
  }
  if (!linked) {
    const finding = "The clinician is not linked to a Heidi account; calls for patients may be refused.";
    return { finding: { status: "warning", finding, advice: LINK_ADVICE }, linked };
  }
  if (valid === false) {
    const finding = "The clinician is linked to a Heidi account, but the link is not valid.";
    return { finding: { status: "warning", finding, advice: LINK_ADVICE }, linked };
  }
  return { finding: { status: "ok", finding: "The clinician is linked to a Heidi account." }, linked };
}

function explainLink(error: HeidiError): Finding {
  const status = error instanceof HeidiApiError ? error.status : undefined;
  if (status === 401 || status === 403) {
    const finding = `The API refused the clinician's new token (status ${status}).`;
    const advice =
      "Check that token exchange and calls go to the same region, and that no proxy removes headers.";
    return { status: "failed", finding, advice };
  }
  if (status === 404 || status === 405 || status === 501) {
    return { status: "unknown", finding: "Account link unknown: this deployment does not report it." };
  }
  return { status: "unknown", finding: withoutLink(error) };
}
