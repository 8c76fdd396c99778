/** What the sandbox noted of one request. Filled in as the request goes on. */
export interface JournalEntry {
  /** Counts from 1, over all requests since the start or the last `reset()`. */
  readonly number: number;
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** The operationId; undefined when no operation fits. */
  operation: string | undefined;
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
  /** True when the client went away before the answer was complete. */
  disconnected: boolean;
}

/** The last requests, oldest first. */
export class Journal {
  readonly #limit: number;
  readonly #entries: JournalEntry[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get entries(): readonly Readonly<JournalEntry>[] {
    return this.#entries;
  }

  open(method: string, path: string, startedAtMs: number): JournalEntry {
    this.#count += 1;
    const entry: JournalEntry = {
      number: this.#count,
      method,
      path,
      operation: undefined,
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

  clear(): void {
    this.#entries.length = 0;
    this.#count = 0;
  }
}
