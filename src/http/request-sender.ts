import { createHttpClient } from "#http-client";
import { Lazy, loadChunk } from "../utils/lazy.ts";
import { buildRequest } from "./build-request.ts";
import type { DialectRequest, DialectSender } from "./dialect-selector.ts";
import type { HttpClient } from "./http-client.ts";
import type { ApiResponse } from "./response.ts";
import { RetryBudget } from "./retry.ts";
import { ApiCall, type DialectTrial } from "./send.ts";
import type { ClientSettings,PreparedRequest,SendSettings } from "./settings.ts";

/** Sends the calls of one client. */
export class RequestSender {
  readonly #settings: SendSettings;
  /** Sends requests that have two forms; loaded with the first of them. */
  readonly #dialects: Lazy<typeof import("./dialect-selector.ts"), DialectSender>;

  constructor(settings: SendSettings) {
    this.#settings = settings;
    this.#dialects = new Lazy(
      () => import("./dialect-selector.ts"),
      ({ DialectSender }) => new DialectSender(settings, (request, trial) => this.send(request, trial)),
    );
  }

  /** Sends a request in the form that the deployment takes, and in the other one when it is refused for its form. */
  async sendInDialect<T>(call: DialectRequest): Promise<ApiResponse<T>> {
    const sender = this.#dialects.made ?? (await call.guard.race(this.#dialects.make()));
    return await sender.send<T>(call);
  }

  get httpClient(): HttpClient {
    return this.#settings.httpClient;
  }

  async send<T>(
    { options, guard, params, body, parseAs }: PreparedRequest,
    trial?: DialectTrial,
  ): Promise<ApiResponse<T>> {
    const { method, path } = options.operation;
    const request = buildRequest(this.#settings.baseUrl, method, path, params, body);
    return new ApiCall<T>(this.#settings, options, guard, trial).run(request, parseAs);
  }
}

/** Loaded with a client's first call: importing the SDK, and what a page loads at first, hold none of this. */
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

