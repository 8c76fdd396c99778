import { HeidiArgumentError } from "../errors.ts";
import type { Rule, Rules } from "../utils/validate.ts";
import type { CallInput, Operation } from "./operation.ts";

/** Longer than any id of the API; a path is no place for more. */
const MAX_PATH_VALUE = 1_024;

/** Checks everything about a call's arguments that the table knows; throws before anything is sent. */
export function checkArguments(operation: Operation, input: CallInput): void {
  for (const [index, name] of operation.pathParameters.entries()) checkPathValue(name, input.path?.[index]);
  const { forms } = operation;
  // A field that a request can do without in its other form is asked for when the form is known.
  const isLater = (name: string): boolean =>
    forms !== undefined &&
    (forms.body === name ||
      forms.optional?.includes(name) === true ||
      forms.fields?.[name]?.name !== undefined);
  checkFields("query", operation.query, input.query ?? {}, isLater);
  if (operation.body === undefined) return;
  if (input.body === undefined || input.body === null) {
    if (operation.body.required)
      throw new HeidiArgumentError("body", "The argument `body` is missing: pass an object.");
    return;
  }
  const { kind, fields } = operation.body;
  // A body without described fields may be any JSON: a list for an endpoint that is not in the table.
  if (kind === "multipart" || Object.keys(fields).length > 0)
    checkFields("body", fields, input.body, isLater);
}

/**
 * A value that would change the path's meaning never reaches the URL. Everything else is percent-encoded, so only what
 * encoding cannot save is refused: nothing, dots (URLs resolve them even when encoded), control characters.
 */
function checkPathValue(name: string, value: unknown): void {
  const refuse = (why: string): never => {
    throw new HeidiArgumentError(name, `The argument \`${name}\` ${why}`);
  };
  if (typeof value !== "string") {
    refuse(`must be a string, not ${kindOf(value)}. Ids can be longer than a number can hold exactly.`);
  } else if (value.trim() === "") refuse("must not be empty.");
  else if (value.length > MAX_PATH_VALUE) refuse(`must not be longer than ${MAX_PATH_VALUE} characters.`);
  else if (/^(?:\.|%2e){1,2}(?:;.*)?$/i.test(value)) refuse("must be an id, not a relative path.");
  else if (/[\p{Cc}\p{Cs}]/u.test(value)) refuse("must not contain control characters or lone surrogates.");
}

function checkFields(
  place: "query" | "body",
  rules: Rules | undefined,
  value: unknown,
  isLater: (name: string) => boolean,
): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HeidiArgumentError(place, `The argument \`${place}\` must be an object, not ${kindOf(value)}.`);
  }
  const tag = Object.prototype.toString.call(value);
  if (/FormData|URLSearchParams|Map/.test(tag)) {
    const kind = tag.slice(8, -1);
    throw new HeidiArgumentError(
      place,
      `The argument \`${place}\` must be a plain object, not a ${kind}: pass Object.fromEntries of it, with a list for a name that occurs more than once.`,
    );
  }
  if (rules === undefined) return;
  for (const name of Object.keys(rules)) {
    const rule = rules[name];
    if (rule) checkField(name, rule, read(value, name), isLater);
  }
}

/** Only own and class-defined properties count; a getter of the caller's that throws is an unusable argument. */
function read(holder: object, name: string): unknown {
  if (name in Object.prototype && !Object.hasOwn(holder, name)) return undefined;
  try {
    return Reflect.get(holder, name);
  } catch (cause) {
    throw new HeidiArgumentError(name, `The argument \`${name}\` could not be read: its getter threw.`, {
      cause,
    });
  }
}

function checkField(name: string, rule: Rule, value: unknown, isLater: (name: string) => boolean): void {
  const refuse = (why: string): never => {
    throw new HeidiArgumentError(name, `The argument \`${name}\` ${why}`);
  };
  if (value === undefined || value === null) {
    if (rule.required && !isLater(name))
      refuse(rule.enum ? `is missing: pass one of ${list(rule.enum)}.` : "is missing.");
    return;
  }
  if (rule.enum && !rule.enum.includes(value as string)) refuse(`must be one of ${list(rule.enum)}.`);
  switch (rule.type) {
    case "integer":
    case "number":
      checkNumber(rule, value, refuse);
      return;
    case "array":
      if (!Array.isArray(value)) refuse(`must be an array, not ${kindOf(value)}.`);
      else if (value.length < (rule.minItems ?? 0)) {
        refuse(
          `must have at least ${rule.minItems} item${rule.minItems === 1 ? "" : "s"}: an empty list never means all.`,
        );
      } else if (rule.minItems && Array.from(value).some(isNothing)) {
        // In a query they would be left out, and an emptied filter may mean all.
        refuse("must not have empty items: undefined, null or blank text.");
      }
      return;
    case "boolean":
      if (typeof value !== "boolean") refuse(`must be true or false, not ${kindOf(value)}.`);
      return;
    default: // strings and objects go through JSON.stringify: a Date or a class with toJSON is welcome; files are the upload's to check
  }
}

function checkNumber(rule: Rule, value: unknown, refuse: (why: string) => never): void {
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
  refuse(`must be ${[kind, ...range].filter(Boolean).join(" ")}.`);
}

const isNothing = (item: unknown): boolean =>
  item === undefined || item === null || (typeof item === "string" && item.trim() === "");

const list = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(", ");

/** What a value is, in words for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return value === undefined ? "undefined" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}
