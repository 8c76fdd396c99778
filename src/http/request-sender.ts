import { createFinalURL } from "openapi-fetch";
import { createHttpClient } from "#http-client";
import type { RequestBody } from "../upload/types.ts";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import { isDate } from "../utils/values.ts";
import { throwArgument } from "./arguments.ts";
import type { DialectRequest, DialectSender } from "./dialect-selector.ts";
import type { HttpClient, HttpRequest } from "./http-client.ts";
import type { HttpMethod } from "./operation.ts";
import type { ApiResponse } from "./response.ts";
import { RetryBudget } from "./retry.ts";
import { ApiCall, type DialectTrial } from "./send.ts";
import type { ClientSettings, PreparedRequest, SendSettings } from "./settings.ts";

/** Sends the calls of one client. */
export class RequestSender {
  readonly #settings: SendSettings;
  /** Sends requests that have two formats; loaded with the first of them. */
  readonly #dialects: Lazy<typeof import("./dialect-selector.ts"), DialectSender>;

  constructor(settings: SendSettings) {
    this.#settings = settings;
    this.#dialects = new Lazy(
      () => import("./dialect-selector.ts"),
      ({ DialectSender }) => new DialectSender(settings, (request, trial) => this.send(request, trial)),
    );
  }

  /** Sends a request in the format that the deployment accepts; if the format is rejected, in the other one. */
  async sendInDialect<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const sender = this.#dialects.made ?? (await call.requestSignal.race(this.#dialects.make()));
    return await sender.send<T>(call);
  }

  get httpClient(): HttpClient {
    return this.#settings.httpClient;
  }

  async send<T>(
    { options, requestSignal, params, body, parseAs }: PreparedRequest,
    trial?: DialectTrial,
  ): Promise<ApiResponse<T>> {
    const { method, path } = options.operation;
    const request = buildRequest(this.#settings.baseUrl, method, path, params, body);
    return new ApiCall<T>(this.#settings, options, requestSignal, trial).run(request, parseAs);
  }
}

/** Creates the sender. This module is loaded with a client's first call, to keep the import of the SDK small. */
export async function createRequestSender(settings: ClientSettings): Promise<RequestSender> {
  const httpClient = settings.httpClient ?? (await openHttpClient(settings));
  const isPlain = settings.middleware.length === 0;
  const runMiddleware = isPlain ? undefined : (await loadChunk(import("./middleware.ts"))).runMiddleware;
  return new RequestSender({ ...settings, httpClient, runMiddleware, budget: new RetryBudget() });
}

async function openHttpClient({ fetch, maxConnections, log }: ClientSettings): Promise<HttpClient> {
  if (!fetch) return await createHttpClient({ maxConnections, log });
  const { createFetchClient } = await loadChunk(import("./caller-fetch.ts"));
  return createFetchClient(fetch);
}

/** Builds the request of a call. Each attempt sets its headers. */
function buildRequest(
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
    if (typeof value !== "string") throwArgument(name, "is missing.");
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
  return throwArgument(name, "must be text, a finite number, true or false, or a date.");
}
