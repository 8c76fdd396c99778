import { HeidiArgumentError, HeidiConfigurationError } from "../errors.ts";
import type { ByteReader } from "../stream/byte-reader.ts";
import type { RequestBody } from "../upload/types.ts";
import type { ThrowInvalid } from "../utils/validate.ts";
import { FetchedHeaders, pairsOf } from "./headers.ts";
import type { HttpRequest, HttpResponse } from "./http-client.ts";
import { isResponse, readerOf } from "./response.ts";

/**
 * The request of one attempt. Sensitive: `url` contains ids and `headers` the token, so log `context` instead.
 * To change it, pass a changed copy to `next`.
 */
export interface MiddlewareRequest {
  /** The HTTP method, such as `GET`. */
  readonly method: string;
  /** The complete URL, including ids and query values. Patient data: never log it. */
  readonly url: string;
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, produced again for each attempt; undefined when there is none. */
  readonly body: RequestBody | undefined;
}

/** The response of one attempt, with its body unread. */
export type MiddlewareResponse = HttpResponse;

/** The facts about an attempt that are safe to log. */
export interface MiddlewareContext {
  /** The operationId, such as `getSession`. */
  readonly operation: string;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly template: string;
  /** The number of the attempt; 1 for the first. */
  readonly attempt: number;
}

/** Runs the rest of an attempt: the next middleware, finally the request. A middleware may call it again, or not at all. */
export type MiddlewareNext = (request: MiddlewareRequest) => Promise<MiddlewareResponse>;

/**
 * A function that wraps every attempt. It runs inside the retry loop, once per attempt, and may change the request, return
 * its own response (also a platform `Response`), or inspect the response.
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

/** Runs the middleware from the outermost to the innermost, then `send`. */
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

/** Converts the headers of a changed request: spreading a `Headers` object would lose them all. */
function plainHeaders(headers: unknown): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of pairsOf(headers, throwInvalidArgument)) {
    if (typeof name !== "string" || (typeof value !== "string" && value !== undefined && value !== null))
      throwInvalidArgument("headers", "A middleware passed a request whose header value is not a string.");
    if (typeof value === "string") plain[String(name).toLowerCase()] = value;
  }
  return plain;
}

const throwInvalidArgument: ThrowInvalid = (argument, message) => {
  throw new HeidiArgumentError(
    argument,
    `${message} The headers came from a middleware; this request was not sent.`,
  );
};

/** Returns a response of the HTTP client unchanged; converts a Response of any realm or package by its properties. */
async function toHttpResponse(response: MiddlewareResponse | Response): Promise<HttpResponse> {
  if (!isResponse(response)) throw new HeidiConfigurationError(NO_RESPONSE);
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

const NO_RESPONSE =
  "A middleware did not return a response: the value has no `status` or no `headers`. Return the result of `next`, or a Response; `outcome` reports whether the server may have processed the request.";
