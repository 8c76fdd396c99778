/** One validation problem, in the format of the API. */
export interface ValidationProblem {
  /** The place: `"query"`, `"body"`, `"path"` or `"header"`, then names and indices. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** The `detail` of an error: the documented envelope, a text alone, or validation problems. */
export type HttpErrorDetail =
  | { readonly msg: string; readonly type: string }
  | string
  | readonly ValidationProblem[];

/** The error that makes the sandbox respond with an error status; it never leaves the request handler. */
export class HttpError extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;
  readonly detail: HttpErrorDetail;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: HttpErrorDetail, headers: Readonly<Record<string, string>> = {}) {
    super(`The sandbox answers ${status}`);
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** An error in the documented envelope, `{"detail":{"msg","type"}}`. */
export function httpError(
  status: number,
  type: string,
  msg: string,
  headers?: Record<string, string>,
): HttpError {
  return new HttpError(status, { msg, type }, headers);
}

/** An error whose `detail` is a text, as FastAPI, which the service resembles, responds before an operation runs. */
export function httpErrorWithText(status: number, text: string, headers?: Record<string, string>): HttpError {
  return new HttpError(status, text, headers);
}

/** 422 with all validation problems. */
export function unprocessable(problems: readonly ValidationProblem[]): HttpError {
  return new HttpError(422, problems);
}

/** 422 for a required value that is missing. */
export function missing(...loc: (string | number)[]): HttpError {
  return unprocessable([{ loc, msg: "Field required", type: "missing" }]);
}
