import { annotate, HeidiArgumentError, isHeidiError } from "../errors.ts";
import { readOptions } from "../utils/validate.ts";
import { throwArgument } from "./arguments.ts";
import type { HttpMethod, Operation, OperationClient, RetryClass } from "./operation.ts";
import type { UploadOptions } from "./options.ts";
import type { ApiPromise } from "./promise.ts";

/** The parts of a request to an endpoint that has no method in this SDK. */
export interface RawRequestOptions extends UploadOptions {
  /** The query parameters; a list repeats its name, `undefined` and `null` are omitted. */
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  /** The body, sent as JSON. */
  readonly body?: unknown;
  /** The form fields, sent as `multipart/form-data` instead of `body`; files as in uploads. */
  readonly multipart?: Readonly<Record<string, unknown>> | undefined;
}

const RETRY: Readonly<Record<HttpMethod, RetryClass>> = {
  GET: "safe",
  HEAD: "safe",
  OPTIONS: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  PATCH: "once",
  POST: "once",
};

/** Sends a request to an endpoint that is not in the operation table, with the same credentials, retries, limits and errors. */
export function rawRequest<T>(
  client: OperationClient,
  method: HttpMethod,
  path: string,
  request: RawRequestOptions = {},
): ApiPromise<T> {
  try {
    const { query, body, multipart, ...options } = readOptions(() => ({ ...request }));
    const operation = rawOperation(method, path, body !== undefined, multipart !== undefined);
    return client.call<T>(operation, { query, body: multipart ?? body }, options);
  } catch (error) {
    return client.reject<T>(isHeidiError(error) ? annotate(error, { operation: "request" }) : error);
  }
}

function rawOperation(method: HttpMethod, path: string, json: boolean, multipart: boolean): Operation {
  if (!Object.hasOwn(RETRY, method)) {
    throwArgument("method", `must be one of ${Object.keys(RETRY).join(", ")}.`);
  }
  if (json && multipart)
    throw new HeidiArgumentError("multipart", "Pass either `body` or `multipart`, not both.");
  if ((json || multipart) && (method === "GET" || method === "HEAD")) {
    throw new HeidiArgumentError("body", `A ${method} request cannot have a body.`);
  }
  checkPath(path);
  return {
    id: "request",
    name: "request",
    method,
    path,
    label: "(custom path)",
    auth: "bearer",
    pathParameters: [],
    ...(json || multipart
      ? { body: { kind: multipart ? "multipart" : "json", required: true, fields: {} } }
      : {}),
    response: "json",
    retry: RETRY[method],
    time: "quick",
  };
}

/** Checks that the path stays below the base URL: no other host, no query, no segment that resolves to a parent. */
function checkPath(path: unknown): void {
  const reject = (problem: string): never => throwArgument("path", problem);
  if (typeof path !== "string" || !path.startsWith("/"))
    throwArgument("path", 'must be a string that begins with "/".');
  if (/[?#]/.test(path)) reject("must not contain ? or #: pass parameters as `query`.");
  if (!/^[\x21-\x7e]+$/.test(path) || /[\\{}<>"^`|]/.test(path) || /%(?![0-9a-f]{2})/i.test(path)) {
    reject("has characters that a URL cannot contain: use encodeURIComponent on each value in it.");
  }
  if (
    path
      .slice(1)
      .split("/")
      .some((segment) => segment === "" || /^(?:\.|%2e){1,2}(?:;.*)?$/i.test(segment))
  ) {
    reject("must not have empty segments, `.` or `..`.");
  }
}
