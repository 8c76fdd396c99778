import { isObject, isRegExp } from "../utils/values.ts";
import type { HistoryEntry } from "./call-history.ts";
import { countMatches, differencesOf, matches, selectExpected } from "./matching.ts";
import { operationNamed } from "./names.ts";
import { specOperations } from "./spec.ts";

/** A source of received requests: a sandbox, or a list of its requests. */
export type Requests = { readonly requests: readonly Readonly<HistoryEntry>[] };

/**
 * The expected content of a request. Objects may have more fields than expected; a RegExp matches text, a function is
 * called with the value.
 */
export interface ExpectedRequest {
  readonly path?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly files?: unknown;
  readonly identity?: unknown;
  readonly status?: unknown;
}

/** The result that a matcher returns to its test runner. */
export interface MatcherResult {
  readonly pass: boolean;
  /** The text that the runner prints when the expectation is not met, or is met under `.not`. */
  message(): string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/**
 * Matchers for `expect.extend` of vitest or Jest.
 *
 * @example
 * declare module "vitest" { interface Matchers<T> extends SandboxMatchers<T> {} }
 *
 * expect.extend(sandboxMatchers);
 * expect(sandbox).toHaveReceived("sessions.create", { body: { ehr_appointment_id: "apt-1" } });
 */
export const sandboxMatchers: {
  /** Passes when at least one request of the operation is as expected. */
  toHaveReceived(
    this: unknown,
    received: Requests,
    operation: string,
    expected?: ExpectedRequest,
  ): MatcherResult;
  /** Passes when the operation received exactly that many requests. */
  toHaveReceivedTimes(this: unknown, received: Requests, operation: string, times: number): MatcherResult;
  /** Passes when the requests are exactly these, in this order. Token exchanges are not counted. */
  toHaveReceivedInOrder(this: unknown, received: Requests, operations: readonly string[]): MatcherResult;
} = {
  toHaveReceived(received, operation, expected = {}) {
    const requests = requestsOf(received, operation);
    const found = requests.find((entry) => matches(seenBy(entry), expected));
    if (found !== undefined) {
      return {
        pass: true,
        message: () => `expected no request of ${operation} as described, and request ${found.number} is one`,
      };
    }
    const nearest = nearestOf(requests, expected);
    if (nearest === undefined) {
      const message = `expected a request of ${operation}; the sandbox received ${listed(received)}`;
      return { pass: false, message: () => message };
    }
    const intro =
      requests.length === 1
        ? `the request of ${operation} (request ${nearest.number}) is not as expected`
        : `none of ${requests.length} requests of ${operation} is as expected; the nearest is request ${nearest.number}`;
    return failureOf(this, intro, seenBy(nearest), expected);
  },
  toHaveReceivedTimes(received, operation, times) {
    const { length } = requestsOf(received, operation);
    return {
      pass: length === times,
      message: () => `expected ${times} requests of ${operation}, and the sandbox received ${length}`,
      actual: length,
      expected: times,
    };
  },
  toHaveReceivedInOrder(received, operations) {
    const expected = operations.map(nameOf);
    const actual = names(received);
    if (!matches(actual, expected))
      return failureOf(this, "the sandbox received other requests than expected", actual, expected);
    return { pass: true, message: () => `expected other requests than ${expected.join(", ")}` };
  },
};

/** The functions that vitest and Jest give to a matcher. */
interface MatcherUtils {
  readonly diff?: (expected: unknown, received: unknown) => string | null | undefined;
}

/**
 * Returns a failure whose message shows the difference: by the runner's own functions where it gives them, and as a list of
 * places otherwise.
 */
function failureOf(context: unknown, intro: string, actual: unknown, expected: unknown): MatcherResult {
  const selected = selectExpected(actual, expected);
  const { diff } = utilsOf(context);
  const shown = typeof diff === "function" ? diff(expected, selected) : undefined;
  // Without `actual` and `expected`, a runner does not show the same difference once more.
  if (shown) return { pass: false, message: () => `${intro}\n\n${shown}` };
  return {
    pass: false,
    message: () => [`${intro}:`, ...linesOf(actual, expected)].join("\n"),
    actual: selected,
    expected,
  };
}

function utilsOf(context: unknown): MatcherUtils {
  const utils: unknown = isObject(context) ? context["utils"] : undefined;
  return isObject(utils) ? utils : {};
}

function linesOf(actual: unknown, expected: unknown): readonly string[] {
  return differencesOf(actual, expected).map(
    ({ place, ...pair }) =>
      `  ${place === "" ? "" : `${place}: `}expected ${textOf(pair.expected)}, received ${textOf(pair.actual)}`,
  );
}

/** The longest text of a value in a message. */
const MAX_TEXT = 500;

function textOf(value: unknown): string {
  const text =
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === "function" || isRegExp(part) ? `${part}` : part,
    ) ?? "nothing";
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Returns the request with the most expected values; the latest of several, because a test mostly checks its last step. */
function nearestOf(
  requests: readonly Readonly<HistoryEntry>[],
  expected: ExpectedRequest,
): Readonly<HistoryEntry> | undefined {
  let best: { readonly entry: Readonly<HistoryEntry>; readonly count: number } | undefined;
  for (const entry of requests) {
    const count = countMatches(seenBy(entry), expected);
    if (best === undefined || count >= best.count) best = { entry, count };
  }
  return best?.entry;
}

/** The types of {@link sandboxMatchers}, for `declare module "vitest" { interface Matchers<T> extends SandboxMatchers<T> {} }`. */
export interface SandboxMatchers<R = unknown> {
  /** Passes when at least one request of the operation is as expected. */
  toHaveReceived(operation: string, expected?: ExpectedRequest): R;
  /** Passes when the operation received exactly that many requests. */
  toHaveReceivedTimes(operation: string, times: number): R;
  /** Passes when the requests are exactly these, in this order. Token exchanges are not counted. */
  toHaveReceivedInOrder(operations: readonly string[]): R;
}

/** The error of a failed assertion; test runners show it with the difference, like an error of `node:assert`. */
export class SandboxAssertionError extends Error {
  override readonly name: string = "AssertionError";
  readonly code: string = "ERR_ASSERTION";
  readonly generatedMessage: boolean = false;
  readonly operator: string;
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(operator: string, { message, actual, expected }: MatcherResult) {
    super(message());
    this.operator = operator;
    this.actual = actual;
    this.expected = expected;
  }
}

/** Throws unless at least one request of the operation is as expected. For `node:test` and runners without `expect`. */
export function assertReceived(received: Requests, operation: string, expected?: ExpectedRequest): void {
  hold("assertReceived", sandboxMatchers.toHaveReceived(received, operation, expected));
}

/** Throws unless the operation received exactly that many requests. */
export function assertReceivedTimes(received: Requests, operation: string, times: number): void {
  hold("assertReceivedTimes", sandboxMatchers.toHaveReceivedTimes(received, operation, times));
}

/** Throws unless the requests are exactly these, in this order. Token exchanges are not counted. */
export function assertReceivedInOrder(received: Requests, operations: readonly string[]): void {
  hold("assertReceivedInOrder", sandboxMatchers.toHaveReceivedInOrder(received, operations));
}

function hold(operator: string, result: MatcherResult): void {
  if (!result.pass) throw new SandboxAssertionError(operator, result);
}

function nameOf(operation: string): string {
  return operationNamed(specOperations, operation)?.row.name ?? operation;
}

function requestsOf({ requests }: Requests, operation: string): readonly Readonly<HistoryEntry>[] {
  const name = nameOf(operation);
  return requests.filter((entry) => operation === "*" || entry.name === name);
}

function seenBy({ inputs, identity, status }: Readonly<HistoryEntry>): ExpectedRequest {
  return { ...inputs, identity, status };
}

function names({ requests }: Requests): string[] {
  return requests
    .filter(({ operation }) => operation !== "getJwt")
    .map(({ name, method }) => name ?? `${method} of an unknown path`);
}

function listed(received: Requests): string {
  const all = names(received);
  return all.length === 0 ? "none" : all.join(", ");
}
