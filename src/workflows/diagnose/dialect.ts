import type { Dialect, HeidiDialect } from "../../http/operation.ts";
import type { RequestOptions } from "../../http/options.ts";
import { type Clinician, type Finding, rethrowUnlessKnown } from "./types.ts";

/** The request format that the deployment accepts, and the finding for this client. */
export interface DialectResponse {
  readonly finding: Finding;
  readonly dialect?: Dialect | undefined;
}

/** The result without a token: no request can be sent. */
export const NOT_KNOWN: DialectResponse = {
  finding: { status: "unknown", finding: "Request format unknown: detecting it needs a token." },
};

/**
 * Detects the request format by listing the templates, which changes nothing and returns no patient data. A deployment with
 * the documented format responds with `templates`, one with the spec's format with `data`. A status alone does not show it.
 */
export async function tryDialect(
  clinician: Clinician,
  chosen: HeidiDialect,
  request: RequestOptions,
): Promise<DialectResponse> {
  const answer = await readTemplates(clinician, request);
  const isDocumented = isListedAs(answer, "templates");
  if (isDocumented !== isListedAs(answer, "data"))
    return evaluate(isDocumented ? "documented" : "spec", chosen);
  return {
    finding: {
      status: "unknown",
      finding: `The request format of this deployment could not be detected; the option \`dialect\` is "${chosen}".`,
    },
  };
}

/** Returns the raw body, because the client parses both formats to the same result. */
async function readTemplates(clinician: Clinician, request: RequestOptions): Promise<unknown> {
  let response: Response;
  try {
    response = await clinician.templates.list(request).asResponse();
  } catch (error) {
    rethrowUnlessKnown(error);
    return undefined;
  }
  try {
    return await response.json();
  } catch (error) {
    if (request.signal?.aborted) throw error;
    return undefined;
  }
}

const isListedAs = (answer: unknown, name: string): boolean =>
  typeof answer === "object" && answer !== null && Array.isArray(Reflect.get(answer, name));

function evaluate(dialect: Dialect, chosen: HeidiDialect): DialectResponse {
  const finding = `This deployment accepts the request format "${dialect}".`;
  if (chosen === "auto" || chosen === dialect) return { dialect, finding: { status: "ok", finding } };
  return {
    dialect,
    finding: {
      status: "warning",
      finding: `${finding} The client sends "${chosen}".`,
      advice: `Set the option \`dialect\` (HEIDI_DIALECT) to "${dialect}" or "auto".`,
    },
  };
}
