import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** What lets a page of any origin read an answer. The sandbox holds nobody's data, and tokens are sent by hand, not as cookies. */
export const corsHeaders: OutgoingHttpHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-request-id, retry-after, allow, www-authenticate",
};

/** The answer to a browser's question whether it may send a request; undefined when it is not such a question. */
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
