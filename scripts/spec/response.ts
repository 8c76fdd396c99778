import { baseType } from "./body.ts";
import { get, type Json, type JsonObject, objectAt } from "./json.ts";
import { deref } from "./spec.ts";
import type { Context } from "./types.ts";

export type ResponseKind = "json" | "stream" | "bytes" | "text" | "empty";

/** One success response in one media type; `contentType` is undefined for a response without a body. */
export interface SuccessModel {
  readonly status: string;
  readonly contentType: string | undefined;
  readonly schema: JsonObject | undefined;
  readonly example: Json | undefined;
}

export interface ResponseModel {
  readonly kind: ResponseKind;
  readonly successes: readonly SuccessModel[];
  /** True when a success may arrive without its documented body. */
  readonly optional: boolean;
}

/** Returns the kind and the success responses of an operation; errors and `default` are ignored. */
export function readResponse(context: Context): ResponseModel {
  const { document } = context.spec;
  const responses = Object.entries(objectAt(context.raw.operation, "responses")).filter(([status]) =>
    /^2(\d\d|XX)$/i.test(status),
  );
  if (responses.length === 0) {
    context.fail("has no success response: describe the 2xx response", "responses");
  }
  const successes = responses.flatMap(([status, response]) =>
    readSuccess(context, status, deref(document, response)),
  );
  const kinds = new Set(successes.map(({ contentType }) => kindOf(contentType) ?? "empty"));
  const filled = [...kinds].filter((kind) => kind !== "empty");
  if (filled.length > 1 || (kinds.size > 1 && kinds.has("stream"))) {
    context.fail(
      `has success responses of several kinds (${[...kinds].join(", ")}), which the SDK does not support`,
      "responses",
    );
  }
  const kind = filled[0] ?? "empty";
  const written = get(context.raw.operation, "x-sdk-answer");
  if (written !== undefined && (written !== "optional" || kind !== "json"))
    context.fail("has an unknown x-sdk-answer: use `optional`, for JSON", "x-sdk-answer");
  return { kind, successes, optional: written === "optional" };
}

function readSuccess(context: Context, status: string, response: JsonObject): SuccessModel[] {
  const { document } = context.spec;
  const content = Object.entries(objectAt(response, "content"));
  if (content.length === 0)
    return [{ status, contentType: undefined, schema: undefined, example: undefined }];
  const known = content.filter(([type]) => kindOf(type));
  if (known.length === 0) {
    const found = content.map(([type]) => type).join(", ");
    context.fail(
      `returns ${found}, which the SDK cannot read: add it in scripts/spec/response.ts`,
      "responses",
      status,
    );
  }
  return known.map(([contentType, written]) => {
    const media = deref(document, written);
    const schema = get(media, "schema");
    return {
      status,
      contentType,
      schema: schema === undefined ? undefined : objectAt(media, "schema"),
      example: exampleOf(document, media),
    };
  });
}

function exampleOf(document: JsonObject, media: JsonObject): Json | undefined {
  const first = Object.values(objectAt(media, "examples"))[0];
  return get(media, "example") ?? (first === undefined ? undefined : get(deref(document, first), "value"));
}

function kindOf(contentType: string | undefined): ResponseKind | undefined {
  if (contentType === undefined) return "empty";
  const type = baseType(contentType);
  if (type === "application/json") return "json";
  if (type === "application/x-ndjson" || type === "text/event-stream") return "stream";
  if (type === "text/plain") return "text";
  if (type === "application/octet-stream" || /^(audio|image)\//.test(type)) return "bytes";
  return undefined;
}
