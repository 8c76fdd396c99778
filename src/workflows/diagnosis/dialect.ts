import { HeidiApiError } from "../../api-errors.ts";
import type { Dialect, HeidiDialect } from "../../transport/operation.ts";
import type { RequestOptions } from "../../transport/options.ts";
import type { Finding } from "./report.ts";
import { type Clinician, rethrowUnlessKnown } from "./tools.ts";

/** Which form of requests the deployment takes, and what that means for this client. */
export interface DialectAnswer {
  readonly finding: Finding;
  readonly dialect?: Dialect | undefined;
}

/** Without a token nothing can be asked. */
export const NOT_KNOWN: DialectAnswer = {
  finding: { verdict: "unknown", finding: "Without a token the form of requests could not be found out." },
};

/** No session has this id: the call reads nothing and makes nothing. */
const PROBE = "/sessions/0/clinical-codes";

/**
 * Finds out the form by a read of a session that does not exist. A service of the spec's form misses the query's
 * `coding_system` before it looks for the session; one of the documented form does without it and misses the session.
 */
export async function tryDialect(
  clinician: Clinician,
  chosen: HeidiDialect,
  request: RequestOptions,
): Promise<DialectAnswer> {
  try {
    await clinician.request("GET", PROBE, request);
  } catch (error) {
    const known = rethrowUnlessKnown(error);
    const status = known instanceof HeidiApiError ? known.status : undefined;
    if (status === 404) return judge("documented", chosen);
    if (status === 422 && known instanceof HeidiApiError && known.body().includes("coding_system"))
      return judge("spec", chosen);
  }
  return {
    finding: {
      verdict: "unknown",
      finding: `The form of requests could not be found out; the option is "${chosen}".`,
    },
  };
}

function judge(dialect: Dialect, chosen: HeidiDialect): DialectAnswer {
  const finding = `This deployment takes requests in the form "${dialect}".`;
  if (chosen === "auto" || chosen === dialect) return { dialect, finding: { verdict: "ok", finding } };
  return {
    dialect,
    finding: {
      verdict: "warning",
      finding: `${finding} The client sends "${chosen}".`,
      advice: `Set the option \`dialect\` (HEIDI_DIALECT) to "${dialect}" or "auto".`,
    },
  };
}
