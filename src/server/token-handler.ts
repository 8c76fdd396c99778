import type { Heidi, HeidiIdentity } from "../client.ts";
import { ignoreFailure } from "../utils/values.ts";
import { errorResponse, jsonResponse } from "./error-response.ts";

/** The result of your own authentication: the clinician who sent the request; null or undefined without a signed-in user. */
export type IdentifiedUser = HeidiIdentity | null | undefined;

/** Options of {@link tokenHandler}. */
export interface TokenHandlerOptions {
  /**
   * Other origins whose pages may request tokens, such as `https://app.clinic.example`. Default: only the handler's own
   * origin. The handler sends no CORS headers: that is the task of your framework's CORS middleware.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Called with every error behind a 5xx response, for your log: the response itself has no message. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * Returns a handler for one path of your server that gives a signed-in user their own Heidi token, so that a page can call
 * Heidi with `Heidi.withToken()` and your API key never leaves the server. It takes a `Request` and returns a `Response`,
 * as Next.js, Hono, Bun, Deno and Workers do; in Express and plain Node, wrap it in `toNodeHandler()` of
 * `heidi-health-sdk/node`.
 *
 * It answers `{ token, expiration_time }` with `Cache-Control: no-store`, to `POST` only. A page of another origin is refused
 * (403). A failed exchange is answered by `errorResponse()`: 502, or 503 with `Retry-After` where Heidi said when to try again.
 *
 * @param identify your own authentication: returns the identity of the user who sent the request, from their session or
 * cookie; never from the request's body. Without an identity the response is 401; an error is a 500 without its message.
 *
 * @example
 * export const POST = tokenHandler(heidi, async (request) => {
 *   const user = await signedInUser(request);
 *   return user && { email: user.email, thirdPartyInternalId: user.id };
 * });
 */
export function tokenHandler(
  heidi: Pick<Heidi, "forUser">,
  identify: (request: Request) => IdentifiedUser | PromiseLike<IdentifiedUser>,
  options: TokenHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const { allowedOrigins = [], onError } = options;
  return async (request) => {
    if (request.method !== "POST") return refusal(405, "MethodNotAllowed", { allow: "POST" });
    if (!isAllowedOrigin(request, allowedOrigins)) return refusal(403, "CrossOriginRequest");
    try {
      const identity = await identify(request);
      if (identity === undefined || identity === null) return refusal(401, "NotSignedIn");
      const { token, expiration_time } = await heidi.forUser(identity).token({ signal: request.signal });
      return jsonResponse(200, { token, expiration_time });
    } catch (error) {
      try {
        ignoreFailure(onError?.(error));
      } catch {
        // A log that fails changes no response.
      }
      return errorResponse(error);
    }
  };
}

const refusal = (status: number, name: string, headers?: Readonly<Record<string, string>>): Response =>
  jsonResponse(status, { error: { name } }, headers);

/**
 * True unless a browser says that a page of another origin sent the request. `Sec-Fetch-Site` is right behind every proxy,
 * but missing without TLS; `Origin` is compared with the host that the browser used, which a proxy may have passed on.
 * Requests without either come from no page.
 */
function isAllowedOrigin({ headers, url }: Request, allowed: readonly string[]): boolean {
  const origin = headers.get("origin");
  if (origin !== null && allowed.includes(origin)) return true;
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  if (origin === null) return true;
  const hosts = [headers.get("host"), ...(headers.get("x-forwarded-host")?.split(",") ?? []), hostOf(url)];
  const host = hostOf(origin);
  return host !== undefined && hosts.some((known) => known?.trim().toLowerCase() === host);
}

/** Without the port that the scheme implies, as `Host` has it. */
function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host || undefined;
  } catch {
    return undefined; // "null", of a sandboxed frame
  }
}
