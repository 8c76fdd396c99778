import { isHeidiError } from "../errors.ts";
import { isPromise } from "./values.ts";

/** The place in the caller's code where a call began. Its text is created only when the call fails. */
export interface CallSite {
  readonly stack?: unknown;
}

type Capture = (holder: object, below: unknown) => void;

/**
 * Captures the caller of the function `below`, for the stack of a later error, when the engine no longer knows the caller.
 * Costs every call some microseconds, which the bench's row `call-line` measures; `Error.stackTraceLimit` limits them.
 */
export function captureCallSite(below: unknown): CallSite {
  const capture = Reflect.get(Error, "captureStackTrace") as Capture | undefined;
  if (typeof capture !== "function") return new Error();
  const site: CallSite = {};
  capture.call(Error, site, below);
  return site;
}

/** Replaces the SDK's lines in an error's stack, which do not help a caller, with the caller's lines. */
export function showCallSite<E>(error: E, site: CallSite | undefined): E {
  if (site === undefined || !isHeidiError(error)) return error;
  const { stack } = site;
  // Some engines begin with a line for the error, others with the first frame.
  const [lines] = typeof stack === "string" ? (/^(?:\s*at |[^\n]*@)[\s\S]*/m.exec(stack) ?? []) : [];
  if (lines === undefined) return error;
  const value = `${error.name}: ${error.message}\n${lines}`;
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  return error;
}

/** Returns the same result; a rejection has the caller's lines in its stack. */
export const showInRejection = <T>(promise: Promise<T>, site: CallSite): Promise<T> =>
  promise.catch((error: unknown) => {
    throw showCallSite(error, site);
  });

/** Changes an iterator so that its errors have the caller's lines in their stacks. */
export function showInIteration<I extends AsyncIterator<unknown, unknown, undefined>>(
  iterator: I,
  site: CallSite,
): I {
  const next = iterator.next.bind(iterator);
  iterator.next = () => showInRejection(next(), site);
  return iterator;
}

/** Wraps a method so that its rejections, and those of an iterator that it returns, have the caller's lines in their stacks. */
export function withCallSite<A extends unknown[], R>(method: (...given: A) => R): (...given: A) => R {
  const traced = (...given: A): R => {
    const site = captureCallSite(traced);
    const result = method(...given);
    if (isPromise(result)) return showInRejection(result, site) as R;
    return isIterator(result) ? showInIteration(result, site) : result;
  };
  return traced;
}

const isIterator = (value: unknown): value is AsyncIterator<unknown, unknown, undefined> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value && "next" in value;
