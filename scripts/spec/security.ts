import { get, isObject, objectAt, textAt } from "./json.ts";
import { deref } from "./spec.ts";
import type { Context } from "./types.ts";

export type Auth = "bearer" | "apiKey" | "none";

/** Returns the first supported alternative of the operation's security; it must be a single scheme. */
export function readAuth(context: Context): Auth {
  const { spec, raw } = context;
  const written = get(raw.operation, "security") ?? get(spec.document, "security");
  const alternatives = Array.isArray(written) ? written.filter(isObject) : [];
  if (alternatives.length === 0) return "none";
  const kinds = alternatives.map((alternative) => kindOf(context, Object.keys(alternative)));
  const known = kinds.find((kind) => kind === "bearer") ?? kinds.find((kind) => kind === "apiKey");
  if (known) return known;
  if (kinds.includes("none")) return "none";
  return context.fail(
    `needs ${kinds.join(" or ")}, which the SDK does not support: add it in scripts/spec/security.ts`,
    "security",
  );
}

function kindOf(context: Context, names: readonly string[]): string {
  const [name] = names;
  if (name === undefined) return "none";
  if (names.length > 1) return `security schemes together (${names.join(" and ")})`;
  const { document } = context.spec;
  const written = objectAt(objectAt(document, "components"), "securitySchemes")[name];
  if (written === undefined) {
    context.fail(
      `names the security scheme ${name}, which is not defined: add it to components.securitySchemes`,
      "security",
    );
  }
  const scheme = deref(document, written);
  const type = textAt(scheme, "type");
  if (type === "http" && textAt(scheme, "scheme")?.toLowerCase() === "bearer") return "bearer";
  if (type === "apiKey" && textAt(scheme, "in") === "header") return "apiKey";
  const detail = textAt(scheme, type === "http" ? "scheme" : "in");
  return `the security scheme ${name} (${[type, detail].filter(Boolean).join(" ")})`;
}

/** Returns the header of the API key; undefined when no operation needs it. */
export function apiKeyHeader(context: Pick<Context, "spec">, uses: boolean): string | undefined {
  if (!uses) return undefined;
  const schemes = objectAt(objectAt(context.spec.document, "components"), "securitySchemes");
  return Object.values(schemes)
    .map((scheme) => deref(context.spec.document, scheme))
    .filter((scheme) => textAt(scheme, "type") === "apiKey" && textAt(scheme, "in") === "header")
    .map((scheme) => textAt(scheme, "name"))[0];
}
