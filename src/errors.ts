import { redactInspect } from "./utils/redact-inspect.ts";

/**
 * The outcome of a failed call: whether the server may have processed it.
 *
 * - `not-sent`: no byte of the request reached the server; repeating the call is safe.
 * - `rejected`: the server rejected the request before acting; repeating the call is safe.
 * - `processed`: the server processed the request and reported success; only its response was lost.
 * - `unknown`: the server may have processed the request; check before you repeat a create.
 */
export type Outcome = "not-sent" | "rejected" | "processed" | "unknown";

/** The facts that the layers of the SDK know about a failure; no field contains secrets or patient data. */
export interface ErrorFacts {
  /** The operationId, such as `getSession`. */
  operation?: string | undefined;
  outcome?: Outcome | undefined;
  /** The number of attempts to send the request. */
  attempts?: number | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

// A global symbol, so that an error of another copy of this package (CommonJS beside ESM) is recognised.
const MARK: unique symbol = Symbol.for("heidi-health-sdk.error");
/** The key of a class's name that no minifier shortens; a caller's own subclass has no such name. */
const KIND: unique symbol = Symbol.for("heidi-health-sdk.kind");

/**
 * The base class of all errors of this SDK.
 *
 * Message, stack, JSON and inspection never contain a key, a token, an id, a file name or a body. The message ends with the
 * section of the documentation on its class, such as `[docs/errors.md#heidinotfounderror]`, in the package's folder `docs`.
 */
export class HeidiError extends Error {
  override readonly name: string = "HeidiError";
  /** The operationId of the call, such as `getSession`; undefined outside a call. */
  readonly operation: string | undefined;
  /** The outcome: whether the server may have processed the call. */
  readonly outcome: Outcome;
  /** The number of attempts; 0 when none was made. */
  readonly attempts: number;
  /** The server's id of the request, if it sent one: quote it to Heidi's support. */
  readonly requestId: string | undefined;
  #partialText: string | undefined;

  constructor(message: string, facts: ErrorFacts = {}) {
    const cause = facts.cause === undefined ? undefined : { cause: facts.cause };
    super(withLink(message, new.target), cause);
    this.operation = facts.operation;
    this.outcome = facts.outcome ?? "not-sent";
    this.attempts = facts.attempts ?? 0;
    this.requestId = facts.requestId;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Internal. Treats errors of another copy of this package (CommonJS beside ESM), minified or not, as instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOfClass(value, this);
  }

  /** True unless the server certainly did not process the request: check before you repeat a create. */
  get requestMayHaveBeenProcessed(): boolean {
    return this.outcome === "processed" || this.outcome === "unknown";
  }

  /** The text that a stream delivered before it failed; undefined outside streams. Patient data: never log it. */
  get partialText(): string | undefined {
    return this.#partialText;
  }

  /** Returns the allow-listed fields that are safe for logs. */
  toJSON(): Record<string, unknown> {
    const { name, message, operation, outcome, attempts, requestId } = this;
    return { name, message, operation, outcome, attempts, requestId };
  }

  /** Internal: stores the text that a stream delivered in a private field of the error that ended it. */
  static keepPartialText(error: HeidiError, text: string): void {
    if (#partialText in error) error.#partialText = text;
  }
}

/** Adds the section of the documentation on a class. A caller's own subclass has that of its base. */
function withLink(message: string, ofClass: object): string {
  const link = ` [docs/errors.md#${String(Reflect.get(ofClass, KIND)).toLowerCase()}]`;
  return message.endsWith(link) ? message : message + link;
}

/**
 * Returns true for every error of this SDK, including errors of another copy of the package.
 *
 * @example
 * try { await clinician.sessions.get(id); } catch (error) { if (isHeidiError(error)) report(error.outcome); else throw error; }
 */
export function isHeidiError(error: unknown): error is HeidiError {
  return typeof error === "object" && error !== null && Reflect.get(error, MARK) === true;
}

/**
 * Checks the prototype chain first, without the mark: compiled classes use `instanceof` on an object under construction.
 * Then compares the kinds of its classes, for an error of another copy of the package.
 */
function isOfClass(value: unknown, wanted: { readonly prototype: object }): boolean {
  if (typeof value !== "object" || value === null) return false;
  const kind = kindOf(wanted);
  const isMarked = kind !== undefined && isHeidiError(value);
  for (let proto = Object.getPrototypeOf(value); proto !== null; proto = Object.getPrototypeOf(proto)) {
    if (proto === wanted.prototype) return true;
    if (isMarked && Object.hasOwn(proto, "constructor") && kindOf(proto.constructor) === kind) return true;
  }
  return false;
}

function kindOf(ofClass: object): unknown {
  return Object.hasOwn(ofClass, KIND) ? Reflect.get(ofClass, KIND) : undefined;
}

/** Internal: names error classes for all copies of this package. */
export function nameKinds(classes: Readonly<Record<string, object>>): void {
  for (const [kind, ofClass] of Object.entries(classes))
    Object.defineProperty(ofClass, KIND, { value: kind });
}

/** Internal: adds facts to an error in place. Lower layers throw without knowing the call; the HTTP layer adds it. */
export function annotate<E extends HeidiError>(error: E, facts: ErrorFacts): E {
  for (const key of ["operation", "outcome", "attempts", "requestId"] as const) {
    if (facts[key] !== undefined)
      Object.defineProperty(error, key, { value: facts[key], enumerable: true, configurable: true });
  }
  return error;
}

/** Thrown when an option of `new Heidi(…)`, `forUser` or `withToken` is missing or invalid. Never quotes the value. */
export class HeidiConfigurationError extends HeidiError {
  override readonly name: string = "HeidiConfigurationError";
}

/** Thrown when an argument of a call is missing or invalid; nothing was sent. Names the argument and the valid values. */
export class HeidiArgumentError extends HeidiError {
  override readonly name: string = "HeidiArgumentError";
  /** The argument's name, such as `page_size`. */
  readonly argument: string;

  constructor(argument: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.argument = argument;
  }
}

/** Thrown when the connection failed or broke. `outcome` says whether the request may have been processed. */
export class HeidiConnectionError extends HeidiError {
  override readonly name: string = "HeidiConnectionError";
}

/** Thrown when a time limit of the caller or the SDK passed (`timeoutMs`, `totalTimeoutMs`). */
export class HeidiTimeoutError extends HeidiError {
  override readonly name: string = "HeidiTimeoutError";
}

/** Thrown when the caller's `signal` is aborted, or after `abort()` or `close()`; `cause` is the caller's reason. */
export class HeidiAbortError extends HeidiError {
  override readonly name: string = "HeidiAbortError";
}

/** The kind of a stream's failure. */
export type StreamFault =
  | "truncated"
  | "malformed"
  | "stalled"
  | "too-long"
  | "error-object"
  | "unexpected-content";

/** Thrown when a stream is cut, malformed, stalled, too long or contains an error object; `partialText` has the text so far. */
export class HeidiStreamError extends HeidiError {
  override readonly name: string = "HeidiStreamError";
  /** The kind of the failure. */
  readonly fault: StreamFault;
  /** The API's error object, if it ended the stream. Private, because it may contain patient data. */
  readonly #detail: unknown;

  constructor(fault: StreamFault, message: string, facts: ErrorFacts & { detail?: unknown } = {}) {
    super(message, facts);
    this.fault = fault;
    this.#detail = facts.detail;
  }

  /** The `detail` or `error` value of an error object that ended the stream. May contain patient data: never log it. */
  get detail(): unknown {
    return this.#detail;
  }
}

/** Thrown when a file cannot be read or sent: missing, empty, changed during the upload, or not replayable. */
export class HeidiUploadError extends HeidiError {
  override readonly name: string = "HeidiUploadError";
}

/** Thrown when a successful response cannot be decoded: not JSON, the wrong content type, too large. */
export class HeidiDecodeError extends HeidiError {
  override readonly name: string = "HeidiDecodeError";
}

/**
 * The reason why a poller ended without a result.
 *
 * - `failed`: the API reports that the operation failed; waiting longer changes nothing.
 * - `deadline`: `timeoutMs` passed; the operation may still complete.
 * - `missing`: the polled resource does not exist.
 */
export type PollFault = "failed" | "deadline" | "missing";

/** The facts about a poller's end. */
export interface PollFacts extends ErrorFacts {
  readonly lastStatus?: string | undefined;
  readonly elapsedMs?: number | undefined;
  readonly lastState?: unknown;
}

/** Thrown when a poller for a transcript, document, note or codes ends without the awaited state. */
export class HeidiPollError extends HeidiError {
  override readonly name: string = "HeidiPollError";
  /** The reason why the poller ended. */
  readonly fault: PollFault;
  /** The last status that the API reported, such as `PROCESSING`; undefined when it reported none. */
  readonly lastStatus: string | undefined;
  /** The elapsed time in milliseconds, including the time before a resumption. */
  readonly elapsedMs: number;
  readonly #lastState: unknown;

  constructor(fault: PollFault, message: string, facts: PollFacts = {}) {
    super(message, facts);
    this.fault = fault;
    this.lastStatus = facts.lastStatus;
    this.elapsedMs = facts.elapsedMs ?? 0;
    this.#lastState = facts.lastState;
  }

  /** The last `PollState`, including the API's response. Patient data: never log it. */
  get lastState(): unknown {
    return this.#lastState;
  }

  override toJSON(): Record<string, unknown> {
    const { fault, lastStatus, elapsedMs } = this;
    return { ...super.toJSON(), fault, lastStatus, elapsedMs };
  }
}

redactInspect(HeidiError.prototype);
nameKinds({
  HeidiError,
  HeidiConfigurationError,
  HeidiArgumentError,
  HeidiConnectionError,
  HeidiTimeoutError,
  HeidiAbortError,
  HeidiStreamError,
  HeidiUploadError,
  HeidiDecodeError,
  HeidiPollError,
});
