import type { ApiPromise } from "../../http/promise.ts";
import { parseRetryAfter } from "../../http/retry.ts";

/** An answer, and the delay that it asked for. */
export interface PolledAnswer<A> {
  readonly answer: A;
  readonly retryAfterMs: number | undefined;
}

/** Waits for an answer and reads its `Retry-After`; a date counts from the server's own clock. */
export async function fetchAnswer<A>(call: ApiPromise<A>): Promise<PolledAnswer<A>> {
  const { data, response } = await call.withResponse();
  const serverMs = Date.parse(response.headers.get("date") ?? "");
  const nowMs = Number.isNaN(serverMs) ? Date.now() : serverMs;
  return { answer: data, retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), nowMs) };
}

/** A field of whatever the server sent; undefined where there is none. */
export function getProperty(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? Reflect.get(holder, name)
    : undefined;
}

/** The first of these fields that is a list; undefined when none is. */
export function getList(holder: unknown, ...names: readonly string[]): readonly unknown[] | undefined {
  return names.map((name) => getProperty(holder, name)).find((value) => Array.isArray(value));
}

/** True for text with something in it. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
