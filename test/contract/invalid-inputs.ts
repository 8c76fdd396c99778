import { operations } from "../../generated/operations.ts";
import type { Operation } from "../../src/http/operation.ts";
import type { Rule, Rules } from "../../src/utils/validate.ts";
import type { Input } from "./inputs.ts";

/** One thing that is wrong with otherwise good arguments. */
export interface InvalidInput {
  readonly id: string;
  readonly operation: Operation;
  readonly place: "body" | "query";
  readonly field: string;
  readonly what: string;
  /** What the field is given; undefined leaves it out. */
  readonly value: unknown;
  /** Whether a typed call finds it before anything is sent: all but the inner form of text and objects. */
  readonly caught: boolean;
}

type Kind = Pick<InvalidInput, "what" | "value" | "caught">;

function kindsOf(rule: Rule): Kind[] {
  const { required, type, enum: values, minimum, maximum, minItems } = rule;
  const caught = true;
  return [
    ...(required ? [{ what: "is missing", value: undefined, caught }] : []),
    ...(values ? [{ what: "is none of the allowed values", value: "NONE_OF_THEM", caught }] : []),
    ...(minimum === undefined ? [] : [{ what: "is too small", value: minimum - 1, caught }]),
    ...(maximum === undefined ? [] : [{ what: "is too large", value: maximum + 1, caught }]),
    ...(minItems === undefined ? [] : [{ what: "is empty", value: [], caught }]),
    ...(type === undefined || type === "file" ? [] : [ofWrongType(type)]),
  ];
}

function ofWrongType(type: NonNullable<Rule["type"]>): Kind {
  const what = `is no ${type}`;
  if (type === "object") return { what, value: "text", caught: false };
  return { what, value: { not: "this" }, caught: type !== "string" };
}

function invalidInputsOf(operation: Operation, place: "body" | "query", rules: Rules = {}): InvalidInput[] {
  return Object.entries(rules).flatMap(([field, rule]) =>
    kindsOf(rule).map((kind) => ({
      ...kind,
      id: operation.id,
      operation,
      place,
      field,
      // What a form has a default for may be left out.
      caught:
        (kind.caught || rule.enum !== undefined) &&
        !(kind.value === undefined && operation.forms?.defaults?.spec?.[field] !== undefined),
    })),
  );
}

/** Every mistake that the table's rules know, in every operation. */
export const invalidInputs: readonly InvalidInput[] = Object.values(operations).flatMap((operation) => [
  ...invalidInputsOf(operation, "query", operation.query),
  ...invalidInputsOf(operation, "body", operation.body?.fields),
]);

/** The mistakes that a request of one's own can carry to the mock: a user's, and in no form, which Prism cannot judge. */
export const sendable: readonly InvalidInput[] = invalidInputs.filter(
  ({ operation, place, value }) =>
    operation.auth === "bearer" &&
    operation.body?.kind !== "multipart" &&
    // In a URL all is text, and an empty list is nothing.
    (place === "body" || typeof value !== "object"),
);

export function withInvalidInput(input: Input, { place, field, value }: InvalidInput): Input {
  const { [field]: good, ...others } = input[place] ?? {};
  return { ...input, [place]: { ...others, ...(value === undefined ? {} : { [field]: value }) } };
}
