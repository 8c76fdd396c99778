import type { Dialect, HeidiDialect } from "../../http/operation.ts";
import type { RequestOptions } from "../../http/options.ts";
import { type Clinician, type Finding, rethrowUnlessKnown } from "./types.ts";

/** The form of requests that the deployment accepts, and the finding for this client. */
export interface DialectAnswer {
  readonly finding: Finding;
  readonly dialect?: Dialect | undefined;
}

/** The result without a token: no request can be sent. */
export const NOT_KNOWN: DialectAnswer = {
  finding: { status: "unknown", finding: "Without a token the form of requests could not be detected." },
};

/**
 * Detects the form by the list of templates, a request that changes nothing and returns no patient data: a service of the
 * documented form answers `templates`, one of the spec's form `data`. A status alone does not show the form.
 */
export async function tryDialect(
  clinician: Clinician,
  chosen: HeidiDialect,
  request: RequestOptions,
): Promise<DialectAnswer> {
  const answer = await readTemplates(clinician, request);
  const isDocumented = isListedAs(answer, "templates");
  if (isDocumented !== isListedAs(answer, "data"))
    return evaluate(isDocumented ? "documented" : "spec", chosen);
  return {
    finding: {
      status: "unknown",
      finding: `The form of requests could not be detected; the option is "${chosen}".`,
    },
  };
}

/** Returns the raw body: parsed by the client, both forms are the same. */
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

function evaluate(dialect: Dialect, chosen: HeidiDialect): DialectAnswer {
  const finding = `This deployment accepts requests in the form "${dialect}".`;
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
