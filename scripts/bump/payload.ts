import { type JsonObject, objectAt } from "../spec/json.ts";
import type { SuccessModel } from "../spec/response.ts";
import { deref } from "../spec/spec.ts";
import type { OperationPair } from "./operation.ts";
import { compareSchemas, componentOf } from "./schemas.ts";

/** What the caller sends. */
export function compareBodies({ old, now, written, report, comparison }: OperationPair): void {
  const subject = now.name;
  const { before, after } = comparison("request");
  if (old.body && !now.body) report({ kind: "parameter-removed", subject, part: "body" });
  if (!old.body && now.body)
    report({
      kind: now.body.required ? "request-required" : "request-property-added",
      subject,
      part: "body",
    });
  if (!old.body || !now.body) return;
  if (now.body.required && !old.body.required) report({ kind: "request-required", subject, part: "body" });
  if (old.body.required && !now.body.required) report({ kind: "request-optional", subject, part: "body" });
  const media = (document: JsonObject, operation: JsonObject): string[] =>
    Object.keys(objectAt(deref(document, operation["requestBody"]), "content"));
  const oldMedia = media(before, written.old);
  const newMedia = media(after, written.now);
  for (const part of newMedia.filter((type) => !oldMedia.includes(type)))
    report({ kind: "request-media-added", subject, part });
  for (const part of oldMedia.filter((type) => !newMedia.includes(type)))
    report({ kind: "request-media-removed", subject, part });
  compareSchemas(comparison("request"), old.body.schema, now.body.schema, subject);
}

/** What the caller gets; errors count only by their status. */
export function compareResponses(pair: OperationPair): void {
  const { old, now, written, report } = pair;
  const subject = now.name;
  if (old.response.kind !== now.response.kind)
    report({ kind: "response-kind-changed", subject, from: old.response.kind, to: now.response.kind });
  const before = Object.keys(objectAt(written.old, "responses"));
  const after = Object.keys(objectAt(written.now, "responses"));
  for (const part of after.filter((status) => !before.includes(status)))
    report({ kind: "response-code-added", subject, part });
  for (const part of before.filter((status) => !after.includes(status)))
    report({ kind: isSuccess(part) ? "success-code-removed" : "response-code-removed", subject, part });
  for (const status of before.filter((each) => isSuccess(each) && after.includes(each)))
    compareMedia(pair, status);
  compareNewSuccess(pair, before);
}

function isSuccess(status: string): boolean {
  return status.startsWith("2");
}

function compareMedia({ old, now, report, comparison }: OperationPair, status: string): void {
  const subject = now.name;
  const of = (successes: readonly SuccessModel[]): Map<string | undefined, SuccessModel> =>
    new Map(successes.filter((each) => each.status === status).map((each) => [each.contentType, each]));
  const before = of(old.response.successes);
  const after = of(now.response.successes);
  for (const [type, success] of after) {
    const same = before.get(type);
    if (same) compareSchemas(comparison("response"), same.schema, success.schema, `${subject} answer`);
    else if (type !== undefined) report({ kind: "response-media-added", subject, part: type });
  }
  for (const type of before.keys())
    if (type !== undefined && !after.has(type))
      report({ kind: "response-media-removed", subject, part: type });
}

/** A further success answer of another type makes the result a union, which is another type. */
function compareNewSuccess({ old, now, report }: OperationPair, before: readonly string[]): void {
  const typeOf = ({ schema, contentType }: SuccessModel): string =>
    componentOf(schema) ?? JSON.stringify(schema ?? contentType ?? "nothing");
  const known = new Set(old.response.successes.map(typeOf));
  const isKindKept = old.response.kind === now.response.kind;
  const other = now.response.successes.find(
    (success) => !before.includes(success.status) && !known.has(typeOf(success)),
  );
  if (other && isKindKept)
    report({
      kind: "response-retyped",
      subject: now.name,
      from: "its own answer",
      to: `that or the answer of ${other.status}`,
    });
}
