import { encodeText } from "../utils/utf8.ts";

/** A request as every listener passes it to the request handler: the body is pulled as it arrives, and never held as a whole. */
export interface SandboxRequest {
  readonly method: string;
  /** Path and query; an origin in front of it is ignored. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * A response of the request handler. A streamed body is pulled chunk by chunk; its consumer reads it to the end or calls
 * `return()`.
 */
export interface SandboxResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** A response with a JSON body. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): SandboxResponse {
  return {
    status,
    headers: { ...headers, "content-type": "application/json" },
    body: encodeText(JSON.stringify(value)),
  };
}
