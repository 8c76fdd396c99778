/** Bytes, described so that they survive the way to the server's process. */
export type Data =
  | string
  | { readonly base64: string }
  | { readonly repeat: string; readonly times: number }
  | { readonly gzip: Data }
  | { readonly brotli: Data }
  /** `{"a":"xxxx…"}` gzipped: this many bytes once it is unpacked. */
  | { readonly gzipBombBytes: number };

export type Headers = Readonly<Record<string, string | readonly string[]>> & {
  readonly connection?: string;
};

export interface Respond {
  readonly do: "respond";
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Headers;
  readonly body?: Data;
  /** How the end of the body is told: its length (default), chunks, the end of the connection, or no body at all. */
  readonly framing?: "length" | "chunked" | "close" | "none";
  /** Only so many bytes of the body leave; the header still announces all of them. */
  readonly sendOnly?: number;
  /** The body leaves in pieces of this size … */
  readonly pieceBytes?: number;
  /** … with this pause after each. */
  readonly everyMs?: number;
}

/** One thing the server does; a rule is a list of them. */
export type Step =
  | Respond
  | { readonly do: "write"; readonly data: Data; readonly pieceBytes?: number; readonly everyMs?: number }
  | { readonly do: "repeat"; readonly data: Data; readonly everyMs: number; readonly times?: number }
  | { readonly do: "wait"; readonly ms: number }
  /** Waits until the test opens the gate of this name. */
  | { readonly do: "gate"; readonly name: string }
  /** Waits until the whole request has arrived; for rules that start earlier. */
  | { readonly do: "drain" }
  /** Stops reading from the socket: the sender's window fills up. */
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  /** Reads a little, rests, reads a little more, until the whole request has arrived. */
  | { readonly do: "sip"; readonly everyMs: number }
  /** Never goes on; the connection stays open until the peer closes it. */
  | { readonly do: "stall" }
  | { readonly do: "fin" }
  | { readonly do: "rst" };

/** What the server does, and to which connection or request. The first rule that fits, and has uses left, wins. */
export interface Rule {
  /** `accept`: before a byte is read. `head`: as soon as the header is there. A number: after so many body bytes. */
  readonly when?: "accept" | "head" | "request" | number;
  readonly method?: string;
  /** The path without its query; a `*` at the end fits any rest. */
  readonly path?: string;
  /** Only requests that are not (false), or are (true), preceded by another one on their connection. */
  readonly reused?: boolean;
  /** Lets so many fitting requests pass to the next rules first. */
  readonly skip?: number;
  readonly times?: number;
  readonly steps: readonly Step[];
}

export interface RequestLog {
  readonly connection: number;
  /** 0 for the first request on its connection. */
  readonly index: number;
  readonly method: string;
  /** As on the request line: path and query. */
  readonly target: string;
  /** Lower-case names; repeated ones are joined by ", ". */
  readonly headers: Record<string, string>;
  readonly startedAtMs: number;
  /** Undefined while (or if ever) the last byte of the body has not arrived. */
  completedAtMs?: number;
  bodyBytes: number;
  sha256?: string;
  /** The first 64 KiB of the body. */
  text: string;
}

export interface ConnectionLog {
  readonly id: number;
  readonly openedAtMs: number;
  receivedBytes: number;
  /** What this server wrote so far; the peer has read it, or the kernels of both sides hold it. */
  readonly sentBytes: number;
  closedAtMs?: number;
  /** Who ended it: a FIN or RST of the peer, or this server. */
  closedBy?: "peer-fin" | "peer-rst" | "server";
  tlsFault?: string;
  readonly requests: RequestLog[];
}

export interface TokenResponse {
  /** From now; the default is a fixed date in 2099. */
  readonly lifetimeMs?: number;
  readonly delayMs?: number;
}

export interface ServerOptions {
  readonly host?: string;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly token?: TokenResponse;
}

export interface Totals {
  readonly connections: number;
  readonly openConnections: number;
  readonly peakConnections: number;
  readonly requests: number;
  readonly receivedBytes: number;
}

export type Command =
  | { readonly id: number; readonly name: "listen"; readonly options: ServerOptions }
  | { readonly id: number; readonly name: "script"; readonly rules: readonly Rule[] }
  | { readonly id: number; readonly name: "open"; readonly gate: string }
  | { readonly id: number; readonly name: "log" | "totals" | "reset" };

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: string;
}
