import { HeidiArgumentError } from "../errors.ts";
import type { Rule, Rules } from "../utils/validate.ts";
import type { CallInput, Operation } from "./operation.ts";

/** The maximum length of a path parameter in characters; longer than any id of the API. */
const MAX_PATH_VALUE = 1_024;

/** Checks a call's arguments against the rules of the operation. Throws before anything is sent. */
export function checkArguments(operation: Operation, input: CallInput): void {
  for (const [index, name] of operation.pathParameters.entries()) checkPathValue(name, input.path?.[index]);
  const { forms } = operation;
  // A field that only one request format requires is checked later, when the request format is known.
  const isLater = (name: string): boolean =>
    forms !== undefined &&
    (forms.body === name ||
      forms.optional?.includes(name) === true ||
      forms.fields?.[name]?.name !== undefined);
  checkFields("query", operation.query, input.query ?? {}, isLater);
  if (operation.body === undefined) return;
  if (input.body === undefined || input.body === null) {
    if (operation.body.required) throwArgument("body", "is missing: pass an object.");
    return;
  }
  const { kind, fields } = operation.body;
  // A body without described fields can be any JSON, such as a list for an endpoint that is not in the operation table.
  if (kind === "multipart" || Object.keys(fields).length > 0)
    checkFields("body", fields, input.body, isLater);
}

/**
 * Rejects a value that would change the meaning of the path. All other values are percent-encoded later, so only values
 * that encoding does not make safe are rejected: empty ones, dots (URLs resolve them even when encoded), control characters.
 */
function checkPathValue(name: string, value: unknown): void {
  if (typeof value !== "string") {
    throwArgument(
      name,
      `must be a string, not ${kindOf(value)}. A number cannot represent every id exactly.`,
    );
  } else if (value.trim() === "") throwArgument(name, "must not be empty.");
  else if (value.length > MAX_PATH_VALUE)
    throwArgument(name, `must not be longer than ${MAX_PATH_VALUE} characters.`);
  else if (/^(?:\.|%2e){1,2}(?:;.*)?$/i.test(value))
    throwArgument(name, "must be an id, not a relative path.");
  else if (/[\p{Cc}\p{Cs}]/u.test(value))
    throwArgument(name, "must not contain control characters or lone surrogates.");
}

/** @throws HeidiArgumentError whose message names the argument and the problem. */
export function throwArgument(name: string, problem: string, cause?: unknown): never {
  throw new HeidiArgumentError(name, `The argument \`${name}\` ${problem}`, { cause });
}

function checkFields(
  place: "query" | "body",
  rules: Rules | undefined,
  value: unknown,
  isLater: (name: string) => boolean,
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throwArgument(place, `must be an object, not ${kindOf(value)}.`);
  }
  const tag = Object.prototype.toString.call(value);
  if (/FormData|URLSearchParams|Map/.test(tag)) {
    const kind = tag.slice(8, -1);
    throwArgument(
      place,
      `must be a plain object, not a ${kind}. Convert it with Object.fromEntries(); use an array for a name that occurs more than once.`,
    );
  }
  if (rules === undefined) return;
  for (const name of Object.keys(rules)) {
    const rule = rules[name];
    if (rule) checkField(name, rule, read(value, name), isLater);
  }
}

/** Reads a property of the object or its class. A getter that throws is an invalid argument. */
function read(holder: object, name: string): unknown {
  if (name in Object.prototype && !Object.hasOwn(holder, name)) return undefined;
  try {
    return Reflect.get(holder, name);
  } catch (cause) {
    throwArgument(name, "could not be read: its getter threw; nothing was sent.", cause);
  }
}

function checkField(name: string, rule: Rule, value: unknown, isLater: (name: string) => boolean): void {
  if (value === undefined || value === null) {
    if (rule.required && !isLater(name))
      throwArgument(name, rule.enum ? `is missing: pass one of ${list(rule.enum)}.` : "is missing.");
    return;
  }
  if (rule.enum && !rule.enum.includes(value as string))
    throwArgument(name, `must be one of ${list(rule.enum)}.`);
  switch (rule.type) {
    case "integer":
    case "number":
      checkNumber(name, rule, value);
      return;
    case "array":
      if (!Array.isArray(value)) throwArgument(name, `must be an array, not ${kindOf(value)}.`);
      else if (value.length < (rule.minItems ?? 0)) {
        throwArgument(
          name,
          `must have at least ${rule.minItems} item${rule.minItems === 1 ? "" : "s"}: an empty list does not mean "all".`,
        );
      } else if (rule.minItems && Array.from(value).some(isEmpty)) {
        // A query omits empty items, and the server may treat an empty filter as "all".
        throwArgument(name, "must not have empty items (undefined, null or blank text).");
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") throwArgument(name, `must be true or false, not ${kindOf(value)}.`);
      return;
    default: // JSON.stringify accepts a Date or a class with toJSON as a string or object; the upload checks files
  }
}

function checkNumber(name: string, rule: Rule, value: unknown): void {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = rule;
  const fits =
    typeof value === "number" &&
    (rule.type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= minimum &&
    value <= maximum;
  if (fits) return;
  const kind = rule.type === "integer" ? "a whole number" : "a finite number";
  const range = [
    rule.minimum !== undefined && `from ${rule.minimum}`,
    rule.maximum !== undefined && `to ${rule.maximum}`,
  ];
  throwArgument(name, `must be ${[kind, ...range].filter(Boolean).join(" ")}.`);
}

const isEmpty = (item: unknown): boolean =>
  item === undefined || item === null || (typeof item === "string" && item.trim() === "");

const list = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(", ");

/** Returns the kind of a value for a message, such as `an array`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return value === undefined ? "undefined" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
