import { redactInspect } from "./utils/redact-inspect.ts";

/**
 * Whether the server can have acted on a call that failed.
 *
 * - `not-sent`: no byte of the request reached the server; repeating it is safe.
 * - `rejected`: the server refused it before acting; repeating it is safe.
 * - `processed`: the server answered with success and acted; only its answer was lost.
 * - `unknown`: it may have acted; look before repeating a create.
 */
export type Outcome = "not-sent" | "rejected" | "processed" | "unknown";

/** What the layers of the SDK know about a failure; every field is free of secrets and patient data. */
export interface ErrorFacts {
  /** The operationId, such as `getSession`. */
  operation?: string | undefined;
  outcome?: Outcome | undefined;
  /** How often the request was sent, or tried to be sent. */
  attempts?: number | undefined;
  requestId?: string | undefined;
  cause?: unknown;
}

// Registered globally, so that an error of another copy of this package (CommonJS beside ESM) is recognised.
const MARK: unique symbol = Symbol.for("heidi-health-sdk.error");
/** A class's name that no minifier shortens; a subclass of the caller's own has none of its own. */
const KIND: unique symbol = Symbol.for("heidi-health-sdk.kind");

/**
 * The base of everything this SDK throws.
 *
 * Message, stack, JSON and inspection never contain a key, a token, an id, a file name or a body.
 */
export class HeidiError extends Error {
  override readonly name: string = "HeidiError";
  /** The operationId of the call, such as `getSession`; undefined outside of a call. */
  readonly operation: string | undefined;
  /** Whether the server can have acted. */
  readonly outcome: Outcome;
  /** How many attempts were made. 0 when nothing was tried. */
  readonly attempts: number;
  /** The server's id of the request, when it sent one: quote it to Heidi's support. */
  readonly requestId: string | undefined;
  #partialText: string | undefined;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.operation = facts.operation;
    this.outcome = facts.outcome ?? "not-sent";
    this.attempts = facts.attempts ?? 0;
    this.requestId = facts.requestId;
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Internal. Errors of another copy of this package (CommonJS beside ESM) are instances too, also of a minified one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOfClass(value, this);
  }

  /** True unless it is certain that the server did not act: look before repeating a create. */
  get requestMayHaveBeenProcessed(): boolean {
    return this.outcome === "processed" || this.outcome === "unknown";
  }

  /** The text that a stream had delivered before it failed; undefined outside of streams. Patient data: never log it. */
  get partialText(): string | undefined {
    return this.#partialText;
  }

  /** The allow-listed fields that log collectors may see. */
  toJSON(): Record<string, unknown> {
    const { name, message, operation, outcome, attempts, requestId } = this;
    return { name, message, operation, outcome, attempts, requestId };
  }

  /** Internal: what a stream had delivered is kept out of sight, on the error that ended it. */
  static keepPartialText(error: HeidiError, text: string): void {
    if (#partialText in error) error.#partialText = text;
  }
}

/**
 * True for every error of this SDK, also when it was made by another copy of the package.
 *
 * @example
 * try { await clinician.sessions.get(id); } catch (error) { if (isHeidiError(error)) report(error.outcome); else throw error; }
 */
export function isHeidiError(error: unknown): error is HeidiError {
  return typeof error === "object" && error !== null && Reflect.get(error, MARK) === true;
}

/**
 * An instance is known by its class first, marked or not: compiled classes ask so for an object under construction.
 * Then by the kind of the classes it has in the copy that made it.
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

/** Internal: names classes of errors for all copies of this package. */
export function nameKinds(classes: Readonly<Record<string, object>>): void {
  for (const [kind, ofClass] of Object.entries(classes))
    Object.defineProperty(ofClass, KIND, { value: kind });
}

/** Internal: lower layers throw without knowing the call; the transport fills in what it knows, in place. */
export function annotate<E extends HeidiError>(error: E, facts: ErrorFacts): E {
  for (const key of ["operation", "outcome", "attempts", "requestId"] as const) {
    if (facts[key] !== undefined)
      Object.defineProperty(error, key, { value: facts[key], enumerable: true, configurable: true });
  }
  return error;
}

/** An option of `new Heidi(…)`, `forUser` or `withToken` is missing or unusable. The value is never quoted. */
export class HeidiConfigurationError extends HeidiError {
  override readonly name: string = "HeidiConfigurationError";
}

/** An argument of a call is missing or unusable; nothing was sent. Names the argument and what is allowed. */
export class HeidiArgumentError extends HeidiError {
  override readonly name: string = "HeidiArgumentError";
  /** The argument's name, such as `page_size`. */
  readonly argument: string;

  constructor(argument: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.argument = argument;
  }
}

/** The connection could not be made, or broke. `outcome` says whether the request can have been processed. */
export class HeidiConnectionError extends HeidiError {
  override readonly name: string = "HeidiConnectionError";
}

/** A time limit of the caller or of the SDK passed (`timeoutMs`, `totalTimeoutMs`). */
export class HeidiTimeoutError extends HeidiError {
  override readonly name: string = "HeidiTimeoutError";
}

/** The caller's `signal` was aborted, or `abort()` or `close()` was called; `cause` is the caller's reason. */
export class HeidiAbortError extends HeidiError {
  override readonly name: string = "HeidiAbortError";
}

/** What was wrong with a stream. */
export type StreamFault =
  | "truncated"
  | "malformed"
  | "stalled"
  | "too-long"
  | "error-object"
  | "unexpected-content";

/** A stream was cut, malformed, stalled, too long or carried an error object; `partialText` has what had arrived. */
export class HeidiStreamError extends HeidiError {
  override readonly name: string = "HeidiStreamError";
  /** What was wrong with the stream. */
  readonly fault: StreamFault;
  /** The API's error object in the stream, if that ended it. Not enumerable: it may hold patient data. */
  readonly #detail: unknown;

  constructor(fault: StreamFault, message: string, facts: ErrorFacts & { detail?: unknown } = {}) {
    super(message, facts);
    this.fault = fault;
    this.#detail = facts.detail;
  }

  /** The `detail` or `error` value of an error object that ended the stream. May hold patient data: never log it. */
  get detail(): unknown {
    return this.#detail;
  }
}

/** A file could not be read or sent: missing, empty, changed while being sent, or not replayable. */
export class HeidiUploadError extends HeidiError {
  override readonly name: string = "HeidiUploadError";
}

/** A successful answer could not be understood: not JSON, the wrong content type, too large. */
export class HeidiDecodeError extends HeidiError {
  override readonly name: string = "HeidiDecodeError";
}

/**
 * Why a wait ended without its result.
 *
 * - `failed`: the API says that it could not do the work; waiting longer changes nothing.
 * - `deadline`: `timeoutMs` passed; the work may still come to its end.
 * - `missing`: what was waited for is not there.
 */
export type PollFault = "failed" | "deadline" | "missing";

/** What a wait knows about its end. */
export interface PollFacts extends ErrorFacts {
  readonly lastStatus?: string | undefined;
  readonly elapsedMs?: number | undefined;
  readonly lastState?: unknown;
}

/** Waiting for a transcript, document, note or codes ended without the awaited state. */
export class HeidiPollError extends HeidiError {
  override readonly name: string = "HeidiPollError";
  /** Why the wait ended. */
  readonly fault: PollFault;
  /** The last status that the API told, such as `PROCESSING`; undefined when it told none. */
  readonly lastStatus: string | undefined;
  /** How long was waited, in milliseconds, time before a resumption included. */
  readonly elapsedMs: number;
  readonly #lastState: unknown;

  constructor(fault: PollFault, message: string, facts: PollFacts = {}) {
    super(message, facts);
    this.fault = fault;
    this.lastStatus = facts.lastStatus;
    this.elapsedMs = facts.elapsedMs ?? 0;
    this.#lastState = facts.lastState;
  }

  /** The last `PollState`, with the API's answer in it. Patient data: never log it. */
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
