import { createFinalURL } from "openapi-fetch";
import { HeidiArgumentError } from "../errors.ts";
import { isDate } from "../utils/values.ts";
import type { HttpRequest, RequestBody } from "./http-client.ts";
import type { HttpMethod } from "./operation.ts";

/** Builds the request of a call. Each attempt sets its headers. */
export function buildRequest(
  baseUrl: string,
  method: HttpMethod,
  path: string,
  params: { readonly path: Record<string, unknown>; readonly query: object },
  body: RequestBody | undefined,
): HttpRequest {
  const url = createFinalURL(path, {
    baseUrl,
    params: params as { path: Record<string, unknown>; query: Record<string, unknown> },
    pathSerializer: serializePath,
    querySerializer: serializeQuery as (query: unknown) => string,
  });
  return { method, url, headers: {}, body };
}

/** Fills a URL template. `checkArguments` has checked the values, so encoding each as one segment is enough. */
export function serializePath(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (typeof value !== "string") throw new HeidiArgumentError(name, `The argument \`${name}\` is missing.`);
    return encodeURIComponent(value);
  });
}

/**
 * Serializes a query in the spec's style for every parameter: `form`, exploded. Absent values are omitted; a list repeats
 * its name.
 */
export function serializeQuery(query: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const name of Object.keys(query)) {
    const value = query[name];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null) continue;
      text += `${text === "" ? "" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(scalar(name, one))}`;
    }
  }
  return text;
}

function scalar(name: string, value: unknown): string {
  if (isDate(value) && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value === "string" && !/\p{Cs}/u.test(value)) return value;
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new HeidiArgumentError(
    name,
    `The argument \`${name}\` must be text, a finite number, true or false, or a date.`,
  );
}
