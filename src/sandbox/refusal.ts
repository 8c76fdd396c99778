/** One thing that validation found, as the API spells it. */
export interface ValidationProblem {
  /** Where: `"query"`, `"body"`, `"path"` or `"header"`, then names and indices. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** What an error says: in the documented envelope, as a text alone, or as what validation found. */
export type RefusalDetail =
  | { readonly msg: string; readonly type: string }
  | string
  | readonly ValidationProblem[];

/** Thrown inside the sandbox to answer with an error status; it never leaves the core. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;
  readonly detail: RefusalDetail;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: RefusalDetail, headers: Readonly<Record<string, string>> = {}) {
    super(`The sandbox answers ${status}`);
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }
}

/** An error in the documented envelope, `{"detail":{"msg","type"}}`. */
export function refuse(status: number, type: string, msg: string, headers?: Record<string, string>): Refusal {
  return new Refusal(status, { msg, type }, headers);
}

/** An error whose `detail` is a text: what FastAPI, which the service resembles, says before an operation is reached. */
export function refuseWithText(status: number, text: string, headers?: Record<string, string>): Refusal {
  return new Refusal(status, text, headers);
}

/** 422 with everything that validation found. */
export function unprocessable(problems: readonly ValidationProblem[]): Refusal {
  return new Refusal(422, problems);
}

/** 422 for a required value that is missing. */
export function missing(...loc: (string | number)[]): Refusal {
  return unprocessable([{ loc, msg: "Field required", type: "missing" }]);
}
