import { HeidiArgumentError } from "../errors.ts";
import type { ValidationProblem } from "./http-error.ts";
import { type Schema, validate } from "./schema.ts";
import { components } from "./spec.ts";

const SHOWN = 5;

/** The path of a place in a value, such as `answer.entities[0].status`. */
export function pathOf(root: string, loc: ValidationProblem["loc"]): string {
  return loc.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`;
    return /^[A-Za-z_]\w*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, root);
}

/** Describes the first problems, each with its path. */
export function describeProblems(root: string, problems: readonly ValidationProblem[]): string {
  const shown = problems.slice(0, SHOWN).map(({ loc, msg }) => `${pathOf(root, loc)}: ${msg}`);
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  return [...shown, ...more].join("; ");
}

/** Throws {@link HeidiArgumentError} with the path and the schema's reason when a value violates the schema. */
export function requireValid(root: string, what: string, value: unknown, schema: Schema): void {
  const problems = validate(value, schema, components, []);
  if (problems.length === 0) return;
  throw new HeidiArgumentError(root, `${what} does not fit the API. ${describeProblems(root, problems)}`);
}
