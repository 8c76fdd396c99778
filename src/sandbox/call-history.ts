import type { ReceivedFile } from "./request-body.ts";
import type { Identity } from "./state.ts";

/** What the sandbox noted of one request. Filled in as the request goes on. */
export interface HistoryEntry {
  /** Counts from 1, over all requests since the start or the last `reset()`. */
  readonly number: number;
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** The operationId; undefined when no operation fits. */
  operation: string | undefined;
  /** The operation's method on a client, such as `sessions.create`; undefined when no operation fits. */
  name: string | undefined;
  /** Whose token it carried; undefined for none, and while it was not checked. */
  identity: Identity | undefined;
  /** The values of the path, query and body, as they were understood; empty when the request was refused before. */
  inputs: HistoryInputs;
  /** What went wrong on purpose, by kind. */
  faults: readonly string[];
  /** Undefined until the sandbox has answered, and for good when the client went away before. */
  status: number | undefined;
  /** Body bytes received so far. */
  requestBytes: number;
  /** Body bytes sent so far. */
  responseBytes: number;
  /** By the sandbox's clock, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** From the request's head to the answer's last byte, by the sandbox's clock; undefined while it runs. */
  durationMs: number | undefined;
  /** True when the connection ended before the answer was complete. */
  disconnected: boolean;
}

/** What a request carried. */
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
      // A log that fails is no reason to fail a request.
    }
  }

  clear(): void {
    this.#entries.length = 0;
    this.#count = 0;
  }
}
