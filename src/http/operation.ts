import type { JsonStream } from "../stream/json-stream.ts";
import type { Rules } from "../utils/validate.ts";
import type { RequestOptions } from "./options.ts";
import type { ApiPromise } from "./promise.ts";

/** The HTTP methods that the SDK sends, in upper case. */
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";

/**
 * The retry class of an operation: which failures are repeated, and how often.
 *
 * - `safe`: reads; repeated after any failure that may be temporary.
 * - `costly`: reads that make the server work (transcription, coding); repeated once.
 * - `idempotent`: repeating the call has no further effect; repeated like a read.
 * - `once`: may create or change something; repeated only when the server certainly did not act.
 */
export type RetryClass = "safe" | "costly" | "idempotent" | "once";

/**
 * The default time limit of an attempt: `quick` 60 s, `slow` 10 min (for operations in which the server transcribes or
 * generates text, or the client uploads a file).
 */
export type TimeClass = "quick" | "slow";

/** The two request formats: the bundled spec's and the public documentation's. */
export type Dialect = "spec" | "documented";

/** The request format of a client: one of the two, or `"auto"` to detect the deployment's format. */
export type HeidiDialect = Dialect | "auto";

/** The difference of one field in the documented format, from the spec's `x-sdk-documented`. */
export interface FieldForm {
  /** The field's name in the documented format. */
  readonly name?: string;
  /** True when the documented format sends a list of values. */
  readonly list?: true;
  /** The multipart part with JSON text in which the field is a key. */
  readonly part?: string;
  /** True when an object is sent as JSON text, in both formats. */
  readonly text?: true;
}

/** The differences between the documented format of a request and the spec's. */
export interface RequestForms {
  /** The fields of the body or the query that differ, by their names in the spec. */
  readonly fields?: Readonly<Record<string, FieldForm>>;
  /** The field whose value is the whole body in the documented format. */
  readonly body?: string;
  /** The property names of that value. */
  readonly names?: readonly string[];
  /** The fields that the spec requires and the documented format does not. */
  readonly optional?: readonly string[];
  /** The values that each format sends for fields that the caller omits. */
  readonly defaults?: Readonly<Partial<Record<Dialect, Readonly<Record<string, unknown>>>>>;
}

/** One row of the operation table in `generated/operations.ts`: the description of an endpoint. */
export interface Operation {
  /** The spec's operationId, as errors and logs show it. */
  readonly id: string;
  /** The name of the method on a client, such as `sessions.create`. */
  readonly name: string;
  readonly method: HttpMethod;
  /** The URL template, such as `/sessions/{session_id}`. */
  readonly path: string;
  /** Shown instead of `path` when `path` contains values, as in a request that is not in the operation table. */
  readonly label?: string;
  readonly auth: "bearer" | "apiKey" | "none";
  /** Names of the path parameters, in the order of the method's arguments. */
  readonly pathParameters: readonly string[];
  readonly query?: Rules;
  readonly body?: { readonly kind: "json" | "multipart"; readonly required: boolean; readonly fields: Rules };
  readonly response: "json" | "stream" | "bytes" | "text" | "empty";
  /** Set when a successful response may have no body, or an undocumented one: then the result is undefined. */
  readonly answer?: "optional";
  /** The variants in which deployments wrap or name a JSON response. */
  readonly envelope?: Envelope;
  /** The differences of the documented request format; undefined when both formats are equal. */
  readonly forms?: RequestForms;
  readonly retry: RetryClass;
  readonly time: TimeClass;
}

/** The arguments of one call, from the generated client. */
export interface CallInput {
  /** Values of `pathParameters`, in order. */
  readonly path?: readonly unknown[];
  readonly query?: object | undefined;
  readonly body?: unknown;
}

/** The interface through which the generated client runs an operation. */
export interface OperationClient {
  call<T>(operation: Operation, input: CallInput, options: RequestOptions | undefined): ApiPromise<T>;
  stream<T>(operation: Operation, input: CallInput, options: RequestOptions | undefined): JsonStream<T>;
  /** Returns a call that rejects before it begins. */
  reject<T>(error: unknown): ApiPromise<T>;
}

/** The variants in which deployments send a JSON response, from the spec's `x-sdk-envelope`. */
export interface Envelope {
  /** Keys whose value can be the whole response, such as `session` in `{"session":{…}}`. */
  readonly around?: readonly string[];
  /** The response's own properties; they identify a response without an envelope. */
  readonly own?: readonly string[];
  /** Other names of the response's properties, such as `{ templates: "data" }`. */
  readonly names?: Readonly<Record<string, string>>;
  /** The property that holds the list when the response is a bare array. */
  readonly list?: string;
  /**
   * By the path of an object in the response, such as `entities.*.primary_code`: its properties, and the other places of
   * their values, such as `{ valid: "metadata.valid" }`.
   */
  readonly fill?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
