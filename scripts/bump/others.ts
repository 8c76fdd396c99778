import { isObject, type JsonObject, listAt, textAt } from "../spec/json.ts";
import type { Change } from "./change.ts";

/** What redocly judges and our comparison does not look at. Its verdicts on all else differ from our rule table. */
const RULES = [
  "parameter-serialization-changed",
  "response-header-removed",
  "security-requirement-changed",
  "security-scheme-changed",
];

/** How a token is built is the server's business. */
const HARMLESS = ["bearerFormat", "description"];

/** The breaking changes of a `redocly diff` report that no comparison of ours sees. */
export function otherChanges(report: readonly JsonObject[], compared: readonly Change[]): Change[] {
  const known = new Set(compared.map(({ kind }) => kind));
  return report
    .filter((change) => !HARMLESS.includes(textAt(change, "property") ?? ""))
    .flatMap((change) => listAt(change, "verdicts"))
    .filter(isObject)
    .filter((verdict) => textAt(verdict, "impact") === "major")
    .filter((verdict) => RULES.includes(textAt(verdict, "ruleId") ?? ""))
    .filter((verdict) => !(isSecurity(verdict) && known.has("authorisation-changed")))
    .map((verdict): Change => ({ kind: "other-breaking", subject: sentenceOf(verdict) }));
}

function isSecurity(verdict: JsonObject): boolean {
  return textAt(verdict, "ruleId") === "security-requirement-changed";
}

function sentenceOf(verdict: JsonObject): string {
  return (textAt(verdict, "message") ?? "").replace(/\s+/g, " ").replace(/\.$/, "");
}
