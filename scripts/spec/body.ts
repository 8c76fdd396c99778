import { get, isObject, type JsonObject, objectAt } from "./json.ts";
import { flatten, isBinary, type RuleModel, rulesOf } from "./rules.ts";
import { deref } from "./spec.ts";
import type { Context } from "./types.ts";

export interface BodyModel {
  readonly kind: "json" | "multipart";
  /** The media type as in the document, including parameters. */
  readonly contentType: string;
  /** True when the caller must pass a body. */
  readonly required: boolean;
  /** True when the server requires a body that the caller may omit; the SDK then sends `{}`. */
  readonly hasDefault: boolean;
  readonly fields: Readonly<Record<string, RuleModel>>;
  readonly schema: JsonObject;
}

const KINDS: Readonly<Record<string, BodyModel["kind"]>> = {
  "application/json": "json",
  "multipart/form-data": "multipart",
};

export function readBody(context: Context): BodyModel | undefined {
  const { operation } = context.raw;
  const { document } = context.spec;
  if (get(operation, "requestBody") === undefined) {
    if (get(operation, "x-sdk-body") !== undefined)
      context.fail("has x-sdk-body but no request body", "x-sdk-body");
    return undefined;
  }
  const requestBody = deref(document, get(operation, "requestBody"));
  const content = objectAt(requestBody, "content");
  const contentType = Object.keys(content).find((type) => KINDS[baseType(type)]);
  const kind = contentType && KINDS[baseType(contentType)];
  if (!contentType || !kind) {
    const found = Object.keys(content).join(", ") || "no media type";
    return context.fail(
      `takes ${found}, which the SDK cannot send: it supports ${Object.keys(KINDS).join(" and ")}`,
      "requestBody",
    );
  }
  const media = deref(document, content[contentType]);
  const schema = objectAt(media, "schema");
  if (kind === "multipart") checkParts(context, schema);
  const written = get(operation, "x-sdk-body");
  if (written !== undefined && written !== "optional")
    context.fail("has an unknown x-sdk-body: use `optional`", "x-sdk-body");
  const wanted = get(requestBody, "required") === true;
  const rules = rulesOf(document, schema);
  // An empty body can replace a missing one only if no field is required.
  const optional = written === "optional" && !Object.values(rules).some(({ required }) => required);
  return {
    kind,
    contentType,
    required: wanted && !optional,
    hasDefault: wanted && optional,
    fields: kind === "multipart" ? withPartTypes(context, media, rules) : rules,
    schema,
  };
}

function checkParts(context: Context, schema: JsonObject): void {
  const { document } = context.spec;
  for (const [name, property] of Object.entries(objectAt(flatten(document, schema), "properties"))) {
    const part = flatten(document, deref(document, property));
    if (get(part, "type") === "array" && isBinary(deref(document, objectAt(part, "items")))) {
      context.fail(
        `has the part \`${name}\` with several files, which the SDK does not support: it sends one file per part`,
        "requestBody",
      );
    }
  }
}

/** Reads `encoding`: it may set the media type of a file's part; its other keys are not supported. */
function withPartTypes(
  context: Context,
  media: JsonObject,
  fields: Record<string, RuleModel>,
): Record<string, RuleModel> {
  const typed = { ...fields };
  for (const [name, encoding] of Object.entries(objectAt(media, "encoding"))) {
    const field = typed[name];
    const contentType = isObject(encoding) ? get(encoding, "contentType") : undefined;
    const alone = isObject(encoding) && Object.keys(encoding).length === 1;
    if (!alone || typeof contentType !== "string" || field?.type !== "file") {
      context.fail(
        `has multipart \`encoding\` for \`${name}\` that the SDK does not support: it supports only a file's contentType`,
        "requestBody",
      );
    }
    typed[name] = { ...field, contentType };
  }
  return typed;
}

/** Normalizes a media type: `Application/JSON; charset=utf-8` becomes `application/json`. */
export function baseType(type: string): string {
  return (type.split(";", 1)[0] ?? "").trim().toLowerCase();
}
