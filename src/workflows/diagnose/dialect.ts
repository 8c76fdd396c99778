import type { Dialect, HeidiDialect } from "../../http/operation.ts";
import type { RequestOptions } from "../../http/options.ts";
import { type Clinician, type Finding, rethrowUnlessKnown } from "./types.ts";

/** Which form of requests the deployment takes, and what that means for this client. */
export interface DialectAnswer {
  readonly finding: Finding;
  readonly dialect?: Dialect | undefined;
}

/** Without a token nothing can be asked. */
export const NOT_KNOWN: DialectAnswer = {
  finding: { status: "unknown", finding: "Without a token the form of requests could not be found out." },
};

/**
 * Finds out the form by the list of templates, which makes nothing and is nobody's data: a service of the documented form
 * answers `templates` where one of the spec's form answers `data`. A status alone says nothing of forms.
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
      finding: `The form of requests could not be found out; the option is "${chosen}".`,
    },
  };
}

/** The body as it was sent: parsed for its caller, both forms look alike. */
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
  const finding = `This deployment takes requests in the form "${dialect}".`;
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
