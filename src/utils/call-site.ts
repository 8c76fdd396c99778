import { isHeidiError } from "../errors.ts";
import { isPromise } from "./values.ts";

/** The place in the caller's code where a call began. Its text is created only when the call fails. */
export interface CallSite {
  /** The engine's own frames; missing when they were not captured. */
  readonly frames?: { readonly stack?: unknown };
  /** The SDK's functions directly above the caller in the stack of a failure: of a synchronous one, or of one after an `await`. */
  readonly below?: readonly [atOnce: unknown, later: unknown];
}

type Capture = (holder: object, below: unknown) => void;

/** Captures the caller of the function `below`, for the stack of a later error, when the engine no longer knows the caller. */
export const captureCallSite = (below: unknown): CallSite => ({ frames: captureFrames(below) });

/**
 * Does the same for a function that may be called many thousand times a second, whose failures are shown by the async
 * function `inner`. A capture takes some microseconds, so the number per second is limited, to stay below 1 % of a core.
 * A call beyond the limit gets its caller from V8's asynchronous stack, which costs nothing until the call fails, but
 * contains only callers that await it.
 */
export const captureFrequentCallSite = (below: unknown, inner: unknown): CallSite =>
  HAS_ASYNC_STACKS && !budget.take() ? { below: [below, inner] } : captureCallSite(below);

const CAPTURES_PER_SECOND = 500;

/** True for V8 only. JavaScriptCore has the same functions, but its errors also have a `line`. */
const HAS_ASYNC_STACKS =
  typeof Reflect.get(Error, "captureStackTrace") === "function" &&
  "stackTraceLimit" in Error &&
  !("line" in new Error());

const budget = {
  left: CAPTURES_PER_SECOND,
  sinceMs: 0,
  take(): boolean {
    if (this.left === 0) {
      const nowMs = Date.now();
      if (Math.abs(nowMs - this.sinceMs) < 1_000) return false;
      this.sinceMs = nowMs;
      this.left = CAPTURES_PER_SECOND;
    }
    this.left -= 1;
    return true;
  },
};

function captureFrames(below: unknown): { readonly stack?: unknown } {
  const capture = Reflect.get(Error, "captureStackTrace") as Capture | undefined;
  if (typeof capture !== "function") return new Error();
  const frames = {};
  capture.call(Error, frames, below);
  return frames;
}

/** Replaces the SDK's lines in an error's stack, which do not help a caller, with the caller's lines. */
export function showCallSite<E>(error: E, site: CallSite | undefined): E {
  if (site === undefined || !isHeidiError(error)) return error;
  const lines = site.frames ? linesOf(site.frames) : findCallerLines(site.below);
  if (lines === undefined) return error;
  const value = `${error.name}: ${error.message}\n${lines}`;
  Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  return error;
}

function findCallerLines(below: CallSite["below"] = [undefined, undefined]): string | undefined {
  for (const frame of below) {
    const lines = linesOf(captureFrames(frame))?.split("\n").filter(isOutsideOfNode) ?? [];
    if (lines.length > 0) return lines.join("\n");
  }
  return undefined;
}

/** After an `await`, the function is called by the platform's queue; the caller only waits for its result. */
const isOutsideOfNode = (line: string): boolean => !/\bnode:internal\//.test(line);

function linesOf({ stack }: { readonly stack?: unknown }): string | undefined {
  // Some engines begin with a line for the error, others with the first frame.
  return typeof stack === "string" ? /^(?:\s*at |[^\n]*@)[\s\S]*/m.exec(stack)?.[0] : undefined;
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
