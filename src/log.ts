/** The least severe lines that are written; `"off"` writes none. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Anything with these four methods; `console` fits. Called with a message and a flat object of safe fields. */
export interface Logger {
  /** A response of the server, attempt by attempt. */
  debug(message: string, fields: Readonly<Record<string, unknown>>): unknown;
  /** What happened on the way and was dealt with, such as a repeated attempt. */
  info(message: string, fields: Readonly<Record<string, unknown>>): unknown;
  /** What deserves a look, such as a call that failed or a token store that does not answer. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): unknown;
  /** What must be dealt with. Nothing is that bad so far: failures are thrown. */
  error(message: string, fields: Readonly<Record<string, unknown>>): unknown;
}

/**
 * All that a log line may say: an allow-list. No URL, only its template; no header but the request id; no body, only
 * its size; of an error its class and code.
 */
export interface LogFields {
  readonly operation?: string | undefined;
  readonly method?: string | undefined;
  readonly template?: string | undefined;
  readonly attempt?: number | undefined;
  readonly status?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly delayMs?: number | undefined;
  /** The size of the request's body, where it was known before it was sent. */
  readonly sentBytes?: number | undefined;
  /** The size of the response's body, where its headers said it. */
  readonly responseBytes?: number | undefined;
  readonly requestId?: string | undefined;
  readonly error?: string | undefined;
  readonly code?: string | undefined;
  readonly outcome?: string | undefined;
  /** The request format that the deployment accepts. */
  readonly dialect?: string | undefined;
  /** A field that the request format does not have. */
  readonly field?: string | undefined;
}

export const LOG_LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** The SDK's own side of a logger: filters by level and survives whatever the logger does. */
export class Log {
  readonly #logger: Partial<Logger>;
  readonly #rank: number;

  constructor(logger: Partial<Logger>, level: LogLevel) {
    this.#logger = logger;
    this.#rank = LOG_LEVELS.indexOf(level);
  }

  /** Ask before building the fields of a line that few will read. */
  enabled(level: Exclude<LogLevel, "off">): boolean {
    return LOG_LEVELS.indexOf(level) <= this.#rank;
  }

  write(level: Exclude<LogLevel, "off">, message: string, fields: LogFields = {}): void {
    if (!this.enabled(level)) return;
    try {
      const result = this.#logger[level]?.(`heidi: ${message}`, fields as Readonly<Record<string, unknown>>);
      // An asynchronous logger that fails must not end the process.
      if (typeof result === "object" && result !== null) Promise.resolve(result).catch(() => undefined);
    } catch {
      // A logger that throws never breaks a call.
    }
  }
}
