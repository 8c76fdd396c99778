import { type ApiPromise, JsonStream, type RequestOptions } from "heidi-health-sdk";
import type { Operation } from "../../src/http/operation.ts";
import type { Input } from "./inputs.ts";
import type { Target } from "./targets.ts";

/** What came of a call. */
export interface Result {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed answer; of a stream, all of its objects. */
  readonly data: unknown;
}

/** Calls the public method of an operation, as a user would by its name. */
export async function invoke(
  target: Target,
  operation: Operation,
  input: Input,
  options?: RequestOptions,
): Promise<Result> {
  const call = methodOf(target, operation)(...argumentsOf(operation, input), options);
  const { response, data } = await call.withResponse();
  const { status, headers } = response;
  return { status, headers, data: data instanceof JsonStream ? await data.toArray() : data };
}

type Method = (...input: readonly unknown[]) => ApiPromise<unknown> | JsonStream<unknown>;

/** The method under the operation's name, on the client that its authentication belongs to. */
export function methodOf({ heidi, user }: Target, operation: Operation): Method {
  const [group = "", name = ""] = operation.name.split(".");
  const holder: unknown = Reflect.get(operation.auth === "apiKey" ? heidi : user, group);
  const method: unknown = typeof holder === "object" && holder !== null && Reflect.get(holder, name);
  if (typeof method !== "function") throw new Error(`there is no public method ${operation.name}`);
  return method as Method;
}

/** Path parameters in their order, then the body, then the query. */
function argumentsOf(operation: Operation, { path, body, query }: Input): unknown[] {
  return [
    ...operation.pathParameters.map((name) => path[name]),
    ...(operation.body ? [body] : []),
    ...(operation.query ? [query] : []),
  ];
}
