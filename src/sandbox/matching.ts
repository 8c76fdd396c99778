import { isRegExp } from "../utils/values.ts";

/**
 * Returns true when a value has at least the expected content: objects may have more fields, lists may not have more items. A
 * RegExp matches text, a function is called with the value.
 */
export function matches(actual: unknown, expected: unknown): boolean {
  if (typeof expected === "function") return expected(actual) === true;
  if (isRegExp(expected)) return typeof actual === "string" && expected.test(actual);
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  // Matchers of test runners, such as `expect.any(String)`.
  const { asymmetricMatch } = expected as { asymmetricMatch?: unknown };
  if (typeof asymmetricMatch === "function") return asymmetricMatch.call(expected, actual) === true;
  if (typeof actual !== "object" || actual === null) return false;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => matches(actual[index], item))
    );
  }
  return Object.entries(expected).every(([name, part]) => matches(Reflect.get(actual, name), part));
}
