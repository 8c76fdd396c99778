import { isHeidiError } from "../errors.ts";
import { isPromise } from "./values.ts";

/** The place of the caller's code that a call began at. Its text is made only when the call fails. */
export interface CallSite {
  readonly stack?: unknown;
}

type Capture = (holder: object, below: unknown) => void;

/**
 * Remembers who called the function `below`, for the stack of what may fail later, when the engine has forgotten it. Costs
 * every call some microseconds, which the bench's row `call-line` measures; `Error.stackTraceLimit` bounds them.
 */
export function captureCallSite(below: unknown): CallSite {
  const capture = Reflect.get(Error, "captureStackTrace") as Capture | undefined;
  if (typeof capture !== "function") return new Error();
  const site: CallSite = {};
  capture.call(Error, site, below);
  return site;
}

/** Puts the caller's lines in the place of the SDK's own, which say nothing to a caller, into an error's stack. */
export function showCallSite<E>(error: E, site: CallSite | undefined): E {
  if (site === undefined || !isHeidiError(error)) return error;
  const { stack } = site;
  // Some engines begin with a line for the error, some with the first place.
  const [lines] = typeof stack === "string" ? (/^(?:\s*at |[^\n]*@)[\s\S]*/m.exec(stack) ?? []) : [];
  if (lines === undefined) return error;
  const value = `${error.name}: ${error.message}\n${lines}`;
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  return error;
}

/** The same promise, rejecting with the caller's lines in the stack. */
export const showInRejection = <T>(promise: Promise<T>, site: CallSite): Promise<T> =>
  promise.catch((error: unknown) => {
    throw showCallSite(error, site);
  });

/** Changes an iterator, so that what it throws has the caller's lines in its stack. */
export function showInIteration<I extends AsyncIterator<unknown, unknown, undefined>>(
  iterator: I,
  site: CallSite,
): I {
  const next = iterator.next.bind(iterator);
  iterator.next = () => showInRejection(next(), site);
  return iterator;
}

/** The same method, whose rejections, and those of the iterator that it may return, have the caller's lines. */
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
