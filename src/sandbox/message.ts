import { encodeText } from "../utils/utf8.ts";

/** A request as every door hands it to the core: the body is pulled as it arrives, and never held as a whole. */
export interface SandboxRequest {
  readonly method: string;
  /** Path and query; an origin in front of it is ignored. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** An answer of the core. A streamed body is pulled chunk by chunk; who takes it runs it to its end or `return()`s it. */
export interface SandboxResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** An answer with a JSON body. */
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
