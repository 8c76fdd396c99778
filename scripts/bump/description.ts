import { SpecError, stop } from "../spec/problem.ts";
import { parseSource, type Source } from "../spec/source.ts";
import { createSpec } from "../spec/spec.ts";
import { validate } from "../spec/validate.ts";
import { lint } from "./redocly.ts";

/** A description that is readable, OpenAPI 3.1 and sound; what {@link checkForm} finds is not known yet. */
export function readSound(name: string, text: string): Source {
  if (text.includes("\0")) stop(`${name}:1`, "not text: give it the YAML or JSON of an OpenAPI description");
  const source = parseSource(name, text);
  validate(createSpec(source));
  return source;
}

/** Stops when the description is not well-formed. It runs in a process of its own, so other work can go on. */
export async function checkForm(name: string, text: string): Promise<void> {
  const problems = await lint(name, text);
  if (problems.length > 0) throw new SpecError(problems);
}

/** A description that has passed every check that needs no overlay. */
export async function checkDescription(name: string, text: string): Promise<Source> {
  const source = readSound(name, text);
  await checkForm(name, text);
  return source;
}
