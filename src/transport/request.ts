import createClient from "openapi-fetch";
import type { RequestBody } from "./body.ts";
import type { HttpMethod } from "./operation.ts";
import { serializePath, serializeQuery } from "./url.ts";
import type { WireRequest } from "./wire.ts";

/**
 * What openapi-fetch builds instead of a platform `Request`: that class costs more than the rest of a call, copies
 * bodies, and refuses ours. Header names and values are the transport's own and checked there.
 */
class LightRequest implements WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string> = {};
  readonly body: RequestBody | undefined;

  constructor(url: string, init: { method: string; body?: RequestBody }) {
    this.url = url;
    this.method = init.method;
    this.body = init.body;
  }
}

/** What openapi-fetch asks of an answer; ours is read and judged by then. */
const DONE = { ok: true, status: 204, headers: { get: (): null => null } } as unknown as Response;

/** Builds URL and body of a call and hands them to `send`. */
export type Engine = (
  method: HttpMethod,
  path: string,
  params: { path: Record<string, unknown>; query: object },
  body: RequestBody | undefined,
  send: (request: WireRequest) => Promise<void>,
) => Promise<void>;

export function createEngine(baseUrl: string): Engine {
  const client = createClient<Record<string, Record<HttpMethod, unknown>>>({
    baseUrl,
    Request: LightRequest as unknown as typeof Request,
    pathSerializer: serializePath,
    querySerializer: serializeQuery as (query: unknown) => string,
    bodySerializer: (body: unknown) => body as BodyInit,
  });
  const request = client.request as (method: string, path: string, init: object) => Promise<unknown>;
  return async (method, path, params, body, send) => {
    const fetch = async (built: unknown): Promise<Response> => {
      await send(built as WireRequest);
      return DONE;
    };
    await request(method, path, { params, body, fetch, parseAs: "stream" });
  };
}
