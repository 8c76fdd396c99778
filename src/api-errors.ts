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

/** The parts of an error answer that {@link HeidiApiError} keeps. */
export interface ApiErrorParts {
  readonly status: number;
  readonly headers: Headers;
  readonly type: string | undefined;
  readonly detail: string | undefined;
  readonly body: string;
}

/**
 * Web frameworks copy an error's `headers` to their own answer. Koa 2 goes through all that is enumerable: of a `Headers`
 * those are its methods, as which it fails in its error handler, which ends the process.
 */
function hideMethods(headers: Headers): void {
  for (const name in headers) {
    Object.defineProperty(headers, name, { value: Reflect.get(headers, name), configurable: true });
  }
}

/**
 * The API answered with an error status.
 *
 * `type`, `detail`, `headers` and `body()` come from the server and may hold patient data, so they are kept out of
 * every rendering of the error.
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

  /** The API's explanation in words. A validation list is joined to one line, `body.template_id: Field required`. */
  get detail(): string | undefined {
    return this.#parts.detail;
  }

  /** The answer's headers. */
  get headers(): Headers {
    return this.#parts.headers;
  }

  /** The answer's body as text, at most 64 KiB of it. A method, so that no logger prints it by accident. */
  body(): string {
    return this.#parts.body;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), status: this.status };
  }
}

/** 400: the API could not accept the request as it was. */
export class HeidiBadRequestError extends HeidiApiError {
  override readonly name: string = "HeidiBadRequestError";
}

/** 401: the API key or token was refused, also after one refresh. */
export class HeidiAuthenticationError extends HeidiApiError {
  override readonly name: string = "HeidiAuthenticationError";
}

/** 403: the user may not do this. */
export class HeidiPermissionError extends HeidiApiError {
  override readonly name: string = "HeidiPermissionError";
}

/** 404: there is no such resource for this user. */
export class HeidiNotFoundError extends HeidiApiError {
  override readonly name: string = "HeidiNotFoundError";
}

/** 409: the resource is in another state than the request assumes. */
export class HeidiConflictError extends HeidiApiError {
  override readonly name: string = "HeidiConflictError";
}

/** 422: the API's validation refused the request. */
export class HeidiUnprocessableError extends HeidiApiError {
  override readonly name: string = "HeidiUnprocessableError";
}

/** 429: too many requests. */
export class HeidiRateLimitError extends HeidiApiError {
  override readonly name: string = "HeidiRateLimitError";
  /** How long the server asked to wait, in milliseconds; undefined when it did not say. */
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

/** 5xx: the API failed; whether it had acted is unknown. */
export class HeidiServerError extends HeidiApiError {
  override readonly name: string = "HeidiServerError";
  /** How long the server asked to wait, in milliseconds; undefined when it did not say. */
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

/** Internal: an equal error for each caller that waited for the same work; the error itself where its class is the caller's own. */
export function copyError(error: HeidiError): HeidiError {
  const { message, operation, outcome, attempts, requestId, cause } = error;
  const facts = { operation, outcome, attempts, requestId, cause };
  // By its prototype, not by `constructor`, which an error of another copy of this package may not share with ours.
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
