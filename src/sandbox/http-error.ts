/** One thing that validation found, as the API spells it. */
export interface ValidationProblem {
  /** Where: `"query"`, `"body"`, `"path"` or `"header"`, then names and indices. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** What an error says: in the documented envelope, as a text alone, or as what validation found. */
export type HttpErrorDetail =
  | { readonly msg: string; readonly type: string }
  | string
  | readonly ValidationProblem[];

/** Thrown inside the sandbox to answer with an error status; it never leaves the core. */
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

/** An error whose `detail` is a text: what FastAPI, which the service resembles, says before an operation is reached. */
export function httpErrorWithText(status: number, text: string, headers?: Record<string, string>): HttpError {
  return new HttpError(status, text, headers);
}

/** 422 with everything that validation found. */
export function unprocessable(problems: readonly ValidationProblem[]): HttpError {
  return new HttpError(422, problems);
}

/** 422 for a required value that is missing. */
export function missing(...loc: (string | number)[]): HttpError {
  return unprocessable([{ loc, msg: "Field required", type: "missing" }]);
}
