import { createFinalURL } from "openapi-fetch";
import type { RequestBody } from "./body.ts";
import type { HttpMethod } from "./operation.ts";
import { serializePath, serializeQuery } from "./url.ts";
import type { HttpRequest } from "./wire.ts";

/** Builds the request of a call. Its headers are filled in by each attempt. */
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
