import { HeidiArgumentError, HeidiConfigurationError, isHeidiError } from "../errors.ts";
import { describeFailure } from "../stream/byte-stream.ts";
import { bodyErrorOf } from "./request-file.ts";

/** Returns a JSON response that no cache stores. */
export function jsonResponse(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

/**
 * Returns the response to a browser whose request failed because a call to Heidi did: 503 where trying again later can help
 * (with `Retry-After` if Heidi sent one), otherwise 502. Heidi's own status would log the browser's user out (401) or hide
 * a page (404). The status of a {@link HeidiRequestBodyError} is kept, because the browser caused it. Any other error, and
 * a mistake in your own code, is a 500.
 *
 * The body is `{ error: { name, outcome, status, fault, requestId } }`, as far as these are known: no message, no patient data.
 *
 * @example
 * export async function POST(request: Request): Promise<Response> {
 *   try {
 *     return Response.json(await clinician.sessions.create());
 *   } catch (error) {
 *     report(error);
 *     return errorResponse(error);
 *   }
 * }
 */
export function errorResponse(error: unknown): Response {
  const refused = bodyErrorOf(error);
  if (refused !== undefined) return jsonResponse(refused.status, { error: describeFailure(refused) });
  const status = statusOf(error);
  const body = { error: status === 500 ? { name: "Error" } : describeFailure(error) };
  const retryAfterMs: unknown = status === 503 ? Reflect.get(Object(error), "retryAfterMs") : undefined;
  return jsonResponse(
    status,
    body,
    typeof retryAfterMs === "number" ? { "retry-after": String(Math.ceil(retryAfterMs / 1000)) } : {},
  );
}

/** Errors after which a later request can succeed; a client that was closed, for a restart, is one of them. */
const RETRYABLE: readonly string[] = ["HeidiConnectionError", "HeidiTimeoutError", "HeidiAbortError"];

function statusOf(error: unknown): number {
  if (!isHeidiError(error)) return 500;
  if (error instanceof HeidiArgumentError || error instanceof HeidiConfigurationError) return 500;
  const status: unknown = Reflect.get(error, "status");
  return status === 429 || status === 503 || RETRYABLE.includes(error.name) ? 503 : 502;
}
