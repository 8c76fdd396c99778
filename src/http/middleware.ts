import { HeidiArgumentError, HeidiConfigurationError } from "../errors.ts";
import type { ByteReader } from "../stream/byte-reader.ts";
import type { ThrowInvalid } from "../utils/validate.ts";
import { FetchedHeaders, pairsOf } from "./headers.ts";
import type { HttpRequest, HttpResponse, RequestBody } from "./http-client.ts";
import { isResponse, readerOf } from "./response.ts";

/**
 * The request of one attempt. Sensitive: `url` holds ids and `headers` the token, so log `context` instead.
 * To change it, pass a changed copy to `next`.
 */
export interface MiddlewareRequest {
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** The whole address, ids and query values in it. Patient data: never log it. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent, produced anew for each attempt; undefined when there is none. */
  readonly body: RequestBody | undefined;
}

/** The answer of one attempt, its body unread. */
export type MiddlewareResponse = HttpResponse;

/** What may be logged of an attempt. */
export interface MiddlewareContext {
  /** The operationId, such as `getSession`. */
  readonly operation: string;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly template: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

/** Runs the rest of an attempt: the middleware after this one, then the server. May be called again, or not at all. */
export type MiddlewareNext = (request: MiddlewareRequest) => Promise<MiddlewareResponse>;

/**
 * A function around every attempt: it runs inside the retry loop, once per attempt, and may change the request,
 * answer in the server's place (also with a platform `Response`), or look at the answer.
 *
 * @example
 * const timing: Middleware = async (request, next, { operation }) => {
 *   const startMs = performance.now();
 *   const response = await next(request);
 *   metrics.record(operation, response.status, performance.now() - startMs);
 *   return response;
 * };
 */
export type Middleware = (
  request: MiddlewareRequest,
  next: MiddlewareNext,
  context: MiddlewareContext,
) => Promise<MiddlewareResponse | Response>;

/** Runs the middleware from the outside in, and `send` at the end. */
export function runMiddleware(
  middleware: readonly Middleware[],
  request: HttpRequest,
  context: MiddlewareContext,
  send: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const run = async (index: number, current: MiddlewareRequest): Promise<HttpResponse> => {
    const layer = middleware[index];
    if (!layer) return send({ ...current, headers: plainHeaders(current.headers) });
    return toHttpResponse(await layer(current, (next) => run(index + 1, next), context));
  };
  return run(0, request);
}

/** A changed copy may hold its headers in another form: spread, those of a `Headers` object would all be lost. */
function plainHeaders(headers: unknown): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of pairsOf(headers, throwInvalidArgument)) {
    if (typeof name !== "string" || (typeof value !== "string" && value !== undefined && value !== null))
      throwInvalidArgument("headers", "A middleware passed on a request with a header that is no text.");
    if (typeof value === "string") plain[String(name).toLowerCase()] = value;
  }
  return plain;
}

const throwInvalidArgument: ThrowInvalid = (argument, message) => {
  throw new HeidiArgumentError(argument, `${message} It came from a middleware.`);
};

/** An answer of the HTTP client as it is; a Response of whatever realm or package by what it has. */
async function toHttpResponse(response: MiddlewareResponse | Response): Promise<HttpResponse> {
  if (!isResponse(response)) throw new HeidiConfigurationError(NO_ANSWER);
  const { status, headers, body } = response;
  // A web stream has no `read`, a Node stream no `cancel`.
  const { read, cancel } = Object(body) as Partial<ByteReader>;
  if (typeof read === "function" && typeof cancel === "function") return response as HttpResponse;
  const reader = await readerOf(response as Response);
  const bytes: ByteReader = {
    read: async () => (await reader?.read())?.value,
    cancel: () => void reader?.cancel().catch(() => undefined),
  };
  return { status, headers: new FetchedHeaders(headers as Headers), body: bytes };
}

const NO_ANSWER =
  "What a middleware resolved with is no answer: it has no `status` or no `headers`. Return what `next` gave, or a Response.";
