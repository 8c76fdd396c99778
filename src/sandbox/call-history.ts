import type { ReceivedFile } from "./request-body.ts";
import type { Identity } from "./state.ts";

/** The record of one request. The sandbox fills it in while the request runs. */
export interface HistoryEntry {
  /** Counts from 1, over all requests since the start or the last `reset()`. */
  readonly number: number;
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** The operationId; undefined when no operation matches. */
  operation: string | undefined;
  /** The operation's method on a client, such as `sessions.create`; undefined when no operation matches. */
  name: string | undefined;
  /** The user of its token; undefined without a token, and until the token is checked. */
  identity: Identity | undefined;
  /** The parsed values of path, query and body; empty when the request was rejected earlier. */
  inputs: HistoryInputs;
  /** The kinds of the faults that applied. */
  faults: readonly string[];
  /** The response status; undefined until the sandbox responds, and always when the client disconnects before. */
  status: number | undefined;
  /** Body bytes received so far. */
  requestBytes: number;
  /** Body bytes sent so far. */
  responseBytes: number;
  /** The start of the request by the sandbox's clock, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** The time from the request's headers to the last byte of the response, by the sandbox's clock; undefined while it runs. */
  durationMs: number | undefined;
  /** True when the connection ended before the response was complete. */
  disconnected: boolean;
}

/** The inputs of a request. */
export interface HistoryInputs {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, ReceivedFile>>;
}

/** Called with each entry when its request is over. */
export type HistoryListener = (entry: Readonly<HistoryEntry>) => void;

const nothing: HistoryInputs = { path: {}, query: {}, body: {}, files: {} };

/** The last requests, oldest first. */
export class CallHistory {
  readonly #limit: number;
  readonly #listener: HistoryListener | undefined;
  readonly #entries: HistoryEntry[] = [];
  #count = 0;

  constructor(limit: number, listener?: HistoryListener) {
    this.#limit = limit;
    this.#listener = listener;
  }

  get entries(): readonly Readonly<HistoryEntry>[] {
    return this.#entries;
  }

  open(method: string, path: string, startedAtMs: number): HistoryEntry {
    this.#count += 1;
    const entry: HistoryEntry = {
      number: this.#count,
      method,
      path,
      operation: undefined,
      name: undefined,
      identity: undefined,
      inputs: nothing,
      faults: [],
      status: undefined,
      requestBytes: 0,
      responseBytes: 0,
      startedAtMs,
      durationMs: undefined,
      disconnected: false,
    };
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) this.#entries.shift();
    return entry;
  }

  finish(entry: HistoryEntry, nowMs: number, disconnected: boolean): void {
    entry.durationMs = nowMs - entry.startedAtMs;
    entry.disconnected = disconnected;
    try {
      this.#listener?.(entry);
    } catch {
      // An error in the log must not fail a request.
    }
  }

  clear(): void {
    this.#entries.length = 0;
    this.#count = 0;
  }
}
