import { HeidiApiError } from "../../api-errors.ts";
import { readAccessToken } from "../../auth/access-token.ts";
import type { RequestOptions } from "../../http/options.ts";
import { withoutLink } from "../../utils/doc-link.ts";
import { skewOf } from "./clock.ts";
import {
  type CheckStatus,
  type Clinician,
  type DiagnosisTools,
  type Finding,
  rethrowUnlessKnown,
} from "./types.ts";

/** The result of checking the key. */
export interface Exchange {
  readonly key: Finding;
  readonly token: boolean;
  readonly skewMs?: number | undefined;
  /** Set when no server that can check a key responded. */
  readonly unreachable?: Pick<Finding, "finding" | "advice">;
}

/** The result without a clinician: no token exchange is possible. */
export const NOT_ASKED: Exchange = {
  key: {
    status: "unknown",
    finding: "The API key was not checked.",
    advice: "Pass a clinician to diagnose(): it checks the key by exchanging it for a clinician's token.",
  },
  token: false,
};

/** Exchanges the key for a token, and evaluates the response. */
export async function tryExchange(
  tools: DiagnosisTools,
  clinician: Clinician,
  request: RequestOptions,
): Promise<Exchange> {
  const startedMs = tools.nowMs();
  const skew = (headers: Headers): number | undefined => skewOf(headers, startedMs, tools.nowMs());
  try {
    const { data, response } = await clinician.exchange(request).withResponse();
    const skewMs = skew(response.headers);
    return { ...evaluateToken(data, tools.nowMs() + (skewMs ?? 0)), skewMs };
  } catch (error) {
    const known = rethrowUnlessKnown(error);
    if (known instanceof HeidiApiError) return { ...evaluateRejection(known), skewMs: skew(known.headers) };
    const advice = "Check baseUrl or region, the network, and any proxy or firewall in between.";
    return {
      key: { status: "unknown", finding: "The API key could not be checked." },
      token: false,
      unreachable: { finding: `No response from the Heidi API. ${withoutLink(known)}`, advice },
    };
  }
}

function evaluateToken(body: unknown, serverNowMs: number): Exchange {
  const issued = readAccessToken(body);
  if (typeof issued !== "object") {
    const finding = "The token exchange succeeded, but its response has no valid token.";
    const advice =
      "Check that baseUrl is the address of the Heidi API, not of a page or cache in front of it.";
    return { key: { status: "failed", finding, advice }, token: false };
  }
  if (issued.expiresAtMs <= serverNowMs) {
    const finding = "The API key is accepted, but the issued token has already expired.";
    const advice = "Check this machine's clock, and that no cache stores the response.";
    return { key: { status: "failed", finding, advice }, token: false };
  }
  return { key: { status: "ok", finding: "The API key is accepted." }, token: true };
}

function evaluateRejection({ status, type, message }: HeidiApiError): Exchange {
  const key = (status: CheckStatus, finding: string, advice: string): Exchange => ({
    key: { status, finding, advice },
    token: false,
  });
  if (status === 401 || status === 403) {
    return key(
      "failed",
      `The API key was refused (status ${status}).`,
      "Check that the key is complete and not revoked, and that it belongs to this region: each region has its own keys.",
    );
  }
  const isAddress = (status === 404 && type === undefined) || status === 405;
  if (isAddress || (status >= 300 && status < 400)) {
    const advice = "Check baseUrl: it ends in /api/v2/ml-scribe/open-api.";
    return {
      ...key("unknown", "The API key could not be checked.", advice),
      unreachable: { finding: `There is no token exchange at this address (status ${status}).`, advice },
    };
  }
  if (status === 400 || status === 404 || status === 422) {
    const advice = "Check the clinician's e-mail address and id that were passed to diagnose().";
    return key(
      "unknown",
      `The token exchange refused the clinician (status ${status}), not the key.`,
      advice,
    );
  }
  return key("unknown", message, "Try again later.");
}
