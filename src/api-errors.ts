import {
  type ErrorFacts,
  HeidiAbortError,
  HeidiArgumentError,
  HeidiConfigurationError,
  HeidiConnectionError,
  HeidiDecodeError,
  HeidiError,
  HeidiTimeoutError,
  HeidiUploadError,
  nameKinds,
} from "./errors.ts";

/** The parts of an error response that {@link HeidiApiError} keeps. */
export interface ApiErrorParts {
  readonly status: number;
  readonly headers: Headers;
  readonly type: string | undefined;
  readonly detail: string | undefined;
  readonly body: string;
}

/**
 * Makes the methods of a `Headers` not enumerable. Web frameworks copy an error's `headers` to their own response. Koa 2
 * iterates over everything enumerable, which for a `Headers` are its methods; its error handler then fails and ends the
 * process.
 */
function hideMethods(headers: Headers): void {
  for (const name in headers) {
    Object.defineProperty(headers, name, { value: Reflect.get(headers, name), configurable: true });
  }
}

/**
 * The base class of errors for responses with an error status.
 *
 * `type`, `detail`, `headers` and `body()` come from the server and may contain patient data, so no rendering of the error
 * contains them.
 */
export class HeidiApiError extends HeidiError {
  override readonly name: string = "HeidiApiError";
  /** The HTTP status, such as 404. */
  readonly status: number;
  readonly #parts: ApiErrorParts;

  constructor(message: string, parts: ApiErrorParts, facts: ErrorFacts = {}) {
    super(message, facts);
    this.status = parts.status;
    this.#parts = parts;
    hideMethods(parts.headers);
  }

  /** The API's name for the error, such as `SessionNotFoundError`. */
  get type(): string | undefined {
    return this.#parts.type;
  }

  /** The API's explanation. A validation list is joined to one line, such as `body.template_id: Field required`. */
  get detail(): string | undefined {
    return this.#parts.detail;
  }

  /** The response's headers. */
  get headers(): Headers {
    return this.#parts.headers;
  }

  /** Returns the response's body as text, at most 64 KiB. A method, so that no logger prints it by accident. */
  body(): string {
    return this.#parts.body;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), status: this.status };
  }
}

/** Thrown for status 400: the API did not accept the request. */
export class HeidiBadRequestError extends HeidiApiError {
  override readonly name: string = "HeidiBadRequestError";
}

/** Thrown for status 401: the API rejected the API key or token, even after one refresh. */
export class HeidiAuthenticationError extends HeidiApiError {
  override readonly name: string = "HeidiAuthenticationError";
}

/** Thrown for status 403: the user has no permission for the operation. */
export class HeidiPermissionError extends HeidiApiError {
  override readonly name: string = "HeidiPermissionError";
}

/** Thrown for status 404: the resource does not exist for this user. */
export class HeidiNotFoundError extends HeidiApiError {
  override readonly name: string = "HeidiNotFoundError";
}

/** Thrown for status 409: the resource is in a different state than the request assumes. */
export class HeidiConflictError extends HeidiApiError {
  override readonly name: string = "HeidiConflictError";
}

/** Thrown for status 422: the API's validation rejected the request. */
export class HeidiUnprocessableError extends HeidiApiError {
  override readonly name: string = "HeidiUnprocessableError";
}

/** Thrown for status 429: too many requests. */
export class HeidiRateLimitError extends HeidiApiError {
  override readonly name: string = "HeidiRateLimitError";
  /** The wait in milliseconds that the server requested; undefined when it requested none. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    parts: ApiErrorParts,
    facts: ErrorFacts & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, parts, facts);
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Thrown for status 5xx: the API failed; it is unknown whether it processed the request. */
export class HeidiServerError extends HeidiApiError {
  override readonly name: string = "HeidiServerError";
  /** The wait in milliseconds that the server requested; undefined when it requested none. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    parts: ApiErrorParts,
    facts: ErrorFacts & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, parts, facts);
    this.retryAfterMs = facts.retryAfterMs;
  }
}

nameKinds({
  HeidiApiError,
  HeidiBadRequestError,
  HeidiAuthenticationError,
  HeidiPermissionError,
  HeidiNotFoundError,
  HeidiConflictError,
  HeidiUnprocessableError,
  HeidiRateLimitError,
  HeidiServerError,
});
const PLAIN = [
  HeidiError,
  HeidiAbortError,
  HeidiUploadError,
  HeidiConnectionError,
  HeidiTimeoutError,
  HeidiDecodeError,
  HeidiConfigurationError,
];

/** Internal: returns an equal error for each caller that waited for the same work, or the error itself if its class is the caller's own. */
export function copyError(error: HeidiError): HeidiError {
  const { message, operation, outcome, attempts, requestId, cause } = error;
  const facts = { operation, outcome, attempts, requestId, cause };
  // Compares the prototype, not `constructor`: the constructor of another copy of this package is a different one.
  const Class = PLAIN.find(({ prototype }) => prototype === Object.getPrototypeOf(error));
  if (Class !== undefined) return new Class(message, facts);
  if (Object.getPrototypeOf(error) === HeidiArgumentError.prototype)
    return new HeidiArgumentError((error as HeidiArgumentError).argument, message, facts);
  if (!(error instanceof HeidiApiError)) return error;
  const { status, headers, type, detail } = error;
  const retryAfterMs: unknown = Reflect.get(error, "retryAfterMs");
  const Api = error.constructor as new (
    message: string,
    parts: ApiErrorParts,
    facts: object,
  ) => HeidiApiError;
  return new Api(message, { status, headers, type, detail, body: error.body() }, { ...facts, retryAfterMs });
}
