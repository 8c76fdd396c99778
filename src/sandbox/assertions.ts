import type { HistoryEntry } from "./call-history.ts";
import { matches } from "./matching.ts";
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
  toHaveReceived(received: Requests, operation: string, expected?: ExpectedRequest): MatcherResult;
  /** Passes when the operation received exactly that many requests. */
  toHaveReceivedTimes(received: Requests, operation: string, times: number): MatcherResult;
  /** Passes when the requests are exactly these, in this order. Token exchanges are not counted. */
  toHaveReceivedInOrder(received: Requests, operations: readonly string[]): MatcherResult;
} = {
  toHaveReceived: (received, operation, expected = {}) => {
    const requests = requestsOf(received, operation);
    return {
      pass: requests.some((entry) => matches(seenBy(entry), expected)),
      message: () =>
        requests.length === 0
          ? `expected a request of ${operation}; the sandbox received ${listed(received)}`
          : `expected one of ${requests.length} requests of ${operation} to be as described (or none, with .not)`,
      actual: requests.map(seenBy),
      expected,
    };
  },
  toHaveReceivedTimes: (received, operation, times) => {
    const { length } = requestsOf(received, operation);
    return {
      pass: length === times,
      message: () => `expected ${times} requests of ${operation}, and the sandbox received ${length}`,
      actual: length,
      expected: times,
    };
  },
  toHaveReceivedInOrder: (received, operations) => {
    const expected = operations.map(nameOf);
    const actual = names(received);
    return {
      pass: matches(actual, expected),
      message: () => `expected the requests ${expected.join(", ")}; the sandbox received ${listed(received)}`,
      actual,
      expected,
    };
  },
};

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
