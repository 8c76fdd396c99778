import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** The headers that let a page of any origin read a response. The sandbox holds no real data, and tokens are not sent as cookies. */
export const corsHeaders: OutgoingHttpHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-request-id, retry-after, allow, www-authenticate",
};

/** The response to a CORS preflight request; undefined for other requests. */
export function preflight(
  method: string | undefined,
  headers: IncomingHttpHeaders,
): OutgoingHttpHeaders | undefined {
  const wanted = headers["access-control-request-method"];
  if (method !== "OPTIONS" || wanted === undefined) return undefined;
  return {
    ...corsHeaders,
    "access-control-allow-methods": "GET, POST, PATCH, PUT, DELETE",
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-max-age": "600",
    // A page of the network may call this machine (Private Network Access).
    "access-control-allow-private-network": "true",
    vary: "Access-Control-Request-Headers",
  };
}
