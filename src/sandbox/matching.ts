import { isRegExp } from "../utils/values.ts";

/**
 * Returns true when a value has at least the expected content: objects may have more fields, lists may not have more items. A
 * RegExp matches text, a function is called with the value.
 */
export function matches(actual: unknown, expected: unknown): boolean {
  if (typeof expected === "function") return expected(actual) === true;
  if (isRegExp(expected)) return typeof actual === "string" && expected.test(actual);
  if (typeof expected !== "object" || expected === null) return Object.is(actual, expected);
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual) === true;
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

/** True for a matcher of a test runner, such as `expect.any(String)`. */
const isAsymmetric = (value: object): value is { asymmetricMatch(actual: unknown): unknown } =>
  typeof Reflect.get(value, "asymmetricMatch") === "function";

/** True for a list or an object whose parts are expected one by one. */
const hasParts = (expected: unknown): expected is object =>
  typeof expected === "object" && expected !== null && !isRegExp(expected) && !isAsymmetric(expected);

/** Returns the number of expected values that a value has. */
export function countMatches(actual: unknown, expected: unknown): number {
  if (!hasParts(expected)) return matches(actual, expected) ? 1 : 0;
  if (typeof actual !== "object" || actual === null) return 0;
  return Object.entries(expected).reduce(
    (count, [name, part]) => count + countMatches(Reflect.get(actual, name), part),
    0,
  );
}

/**
 * Returns the part of a value that a comparison with the expected content needs, so that a difference shows only what does not
 * match: what matches is replaced by its expectation, and fields that are not expected are left out. Where an expected field
 * is missing, the other fields stay, because a missing field is often a misspelt one.
 */
export function selectExpected(actual: unknown, expected: unknown): unknown {
  if (!hasParts(expected)) return matches(actual, expected) ? expected : actual;
  if (typeof actual !== "object" || actual === null || Array.isArray(actual) !== Array.isArray(expected))
    return actual;
  if (Array.isArray(actual)) {
    return actual.map((item, index) =>
      index in expected ? selectExpected(item, Reflect.get(expected, index)) : item,
    );
  }
  const names = Object.keys(expected);
  const isComplete = names.every((name) => name in actual);
  const selected = Object.entries(actual).filter(([name]) => !isComplete || names.includes(name));
  return Object.fromEntries(
    selected.map(([name, part]) => [
      name,
      names.includes(name) ? selectExpected(part, Reflect.get(expected, name)) : part,
    ]),
  );
}

/** A value that does not match, and its place, such as `body.duration`. */
export interface Difference {
  readonly place: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Returns the values that do not match the expected content. */
export function differencesOf(actual: unknown, expected: unknown, place = ""): readonly Difference[] {
  if (matches(actual, expected)) return [];
  const isComparable =
    hasParts(expected) &&
    typeof actual === "object" &&
    actual !== null &&
    Array.isArray(actual) === Array.isArray(expected) &&
    (!Array.isArray(actual) || actual.length === Object.keys(expected).length);
  if (!isComparable) return [{ place, expected, actual }];
  return Object.entries(expected).flatMap(([name, part]) =>
    differencesOf(Reflect.get(actual, name), part, place === "" ? name : `${place}.${name}`),
  );
}
