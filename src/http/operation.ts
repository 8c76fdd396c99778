import type { JsonStream } from "../stream/json-stream.ts";
import type { Rules } from "../utils/validate.ts";
import type { RequestOptions } from "./options.ts";
import type { ApiPromise } from "./promise.ts";

/** The methods that the SDK sends, in capitals. */
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";

/**
 * How often a failed attempt may be repeated.
 *
 * - `safe`: reads; repeated on anything that may pass.
 * - `costly`: reads that make the server work (transcription, coding); repeated once.
 * - `idempotent`: repeating changes nothing more; repeated like a read.
 * - `once`: may create or change something; repeated only when the server certainly did not act.
 */
export type RetryClass = "safe" | "costly" | "idempotent" | "once";

/**
 * How long an attempt may take by default: `quick` 60 s, `slow` 10 min (the server transcribes or writes meanwhile, or a
 * file is on its way).
 */
export type TimeClass = "quick" | "slow";

/** The two request formats: the bundled spec's and the public documentation's. */
export type Dialect = "spec" | "documented";

/** The request format of a client: one of the two, or `"auto"` to detect the deployment's format. */
export type HeidiDialect = Dialect | "auto";

/** How the documented form writes a field: the table's form of the spec's `x-sdk-documented`. */
export interface FieldForm {
  /** Under this name. */
  readonly name?: string;
  /** As a list of such values. */
  readonly list?: true;
  /** As a key of a part that holds JSON as text. */
  readonly part?: string;
  /** An object is written as JSON text, in both forms. */
  readonly text?: true;
}

/** How the documented form of a request differs from the spec's. */
export interface RequestForms {
  /** Fields of the body or the query, by the spec's names. */
  readonly fields?: Readonly<Record<string, FieldForm>>;
  /** The documented body is the value of this field. */
  readonly body?: string;
  /** The properties of that value. */
  readonly names?: readonly string[];
  /** Fields that the spec demands and the documented form does not. */
  readonly optional?: readonly string[];
  /** What each form sends where the caller gave nothing. */
  readonly defaults?: Readonly<Partial<Record<Dialect, Readonly<Record<string, unknown>>>>>;
}

/** One row of the table in `generated/operations.ts`: all that the transport knows about an endpoint. */
export interface Operation {
  /** The spec's operationId; the only name of a call that errors and logs show. */
  readonly id: string;
  /** The method's name on a client, such as `sessions.create`. */
  readonly name: string;
  readonly method: HttpMethod;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly path: string;
  /** Shown instead of `path` where that holds values, as in a request outside of the table. */
  readonly label?: string;
  readonly auth: "bearer" | "apiKey" | "none";
  /** Names of the path parameters, in the order of the method's arguments. */
  readonly pathParameters: readonly string[];
  readonly query?: Rules;
  readonly body?: { readonly kind: "json" | "multipart"; readonly required: boolean; readonly fields: Rules };
  readonly response: "json" | "stream" | "bytes" | "text" | "empty";
  /** The server may succeed without the body that is described, or with another one: then there is no data. */
  readonly answer?: "optional";
  /** How deployments may wrap or name a JSON answer differently. */
  readonly envelope?: Envelope;
  /** How the documented form of a request differs from the spec's; undefined where they are the same. */
  readonly forms?: RequestForms;
  readonly retry: RetryClass;
  readonly time: TimeClass;
}

/** The arguments of one call, as the generated client hands them on. */
export interface CallInput {
  /** Values of `pathParameters`, in order. */
  readonly path?: readonly unknown[];
  readonly query?: object | undefined;
  readonly body?: unknown;
}

/** What the generated client needs: something that runs a row of the table. */
export interface OperationClient {
  call<T>(operation: Operation, input: CallInput, options: RequestOptions | undefined): ApiPromise<T>;
  stream<T>(operation: Operation, input: CallInput, options: RequestOptions | undefined): JsonStream<T>;
  /** A call that is refused before it begins. */
  reject<T>(error: unknown): ApiPromise<T>;
}

/** How deployments may write a JSON answer: the table's form of the spec's `x-sdk-envelope`. */
export interface Envelope {
  /** Keys whose value can be the whole answer, as `session` in `{"session":{…}}`. */
  readonly around?: readonly string[];
  /** The answer's own properties, by which one without an envelope is known. */
  readonly own?: readonly string[];
  /** Other names of the answer's properties, as `{ templates: "data" }`. */
  readonly names?: Readonly<Record<string, string>>;
  /** The property that an answer which is a list and nothing else stands for. */
  readonly list?: string;
  /**
   * By the place of an object in the answer, as `entities.*.primary_code`: its properties, and where else their values
   * may stand, as `{ valid: "metadata.valid" }`.
   */
  readonly fill?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
