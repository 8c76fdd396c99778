import { SpecError, stop } from "../spec/problem.ts";
import { parseSource, type Source } from "../spec/source.ts";
import { createSpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";
import { lint } from "./redocly.ts";

/** A description that has passed every check that needs no overlay: readable, OpenAPI 3.1, sound, well-formed. */
export async function checkDescription(name: string, text: string): Promise<Source> {
  if (text.includes("\0")) stop(`${name}:1`, "not text: give it the YAML or JSON of an OpenAPI description");
  const source = parseSource(name, text);
  validate(createSpec(source));
  const problems = await lint(name, text);
  if (problems.length > 0) throw new SpecError(problems);
  return source;
}
