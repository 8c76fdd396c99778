import { get, isObject, type JsonObject, objectAt, type Pointer, textAt, walk } from "./json.ts";
import { listOperations } from "./paths.ts";
import { SpecError, stop } from "./problem.ts";
import { parseRef, resolveRef, type Spec } from "./spec.ts";
import type { RawOperation } from "./types.ts";

/** Throws an error that lists all problems, one per line. `readOperations` runs the checks that need the operation model. */
export function validate(spec: Spec): void {
  const { document } = spec;
  const version = textAt(document, "openapi");
  if (!version?.startsWith("3.1.")) {
    stop(
      spec.locate(["openapi"]),
      `\`openapi\` must be a 3.1 version, it is ${version ?? "missing"}: convert the file to OpenAPI 3.1`,
    );
  }
  if (!isObject(get(document, "paths")))
    stop(spec.locate([]), "`paths` is missing: this describes no operations");
  const references = referenceProblems(spec);
  if (references.length > 0) throw new SpecError(references);
  const operations = listOperations(document);
  const problems = [
    ...idProblems(spec, operations),
    ...operations.flatMap((raw) => parameterProblems(spec, raw)),
  ];
  if (problems.length > 0) throw new SpecError(problems);
}

function referenceProblems(spec: Spec): string[] {
  const problems: string[] = [];
  walk(spec.document, (object, pointer) => {
    const ref = get(object, "$ref");
    // The value of a property named "$ref" is a schema. Examples are data: a "$ref" in them is not a reference.
    if (typeof ref !== "string" || isExample(pointer)) return;
    const place = spec.locate([...pointer, "$ref"]);
    if (!parseRef(ref)) problems.push(`${place}: $ref ${ref} is not local: bundle the spec into one file`);
    else if (resolveRef(spec.document, ref) === undefined) {
      problems.push(`${place}: $ref ${ref} does not resolve: define it or correct the name`);
    }
  });
  return problems;
}

function isExample(pointer: Pointer): boolean {
  return pointer.some(
    (step, index) => (step === "example" || step === "examples") && pointer[index - 1] !== "properties",
  );
}

function idProblems(spec: Spec, operations: readonly RawOperation[]): string[] {
  const seen = new Map<string, string>();
  return operations.flatMap(({ operation, pointer, path, method }) => {
    const id = textAt(operation, "operationId");
    if (id === undefined)
      return [`${spec.locate(pointer)}: ${method} ${path} has no operationId: give it one`];
    const place = spec.locate([...pointer, "operationId"]);
    const first = seen.get(id);
    if (first)
      return [`${place}: operationId \`${id}\` is used twice, first at ${first}: rename one of them`];
    seen.set(id, place);
    return [];
  });
}

function parameterProblems(spec: Spec, { operation, pointer, path, parameters }: RawOperation): string[] {
  const id = textAt(operation, "operationId");
  const inTemplate = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "");
  const defined = parameters.filter((parameter) => get(parameter, "in") === "path").map(nameOf);
  const place = spec.locate(pointer);
  return [
    ...inTemplate
      .filter((name) => !defined.includes(name))
      .map(
        (name) =>
          `${place}: operation \`${id}\` has {${name}} in its path but no such parameter: define it with \`in: path\``,
      ),
    ...defined
      .filter((name) => !inTemplate.includes(name))
      .map(
        (name) =>
          `${place}: operation \`${id}\` defines the path parameter \`${name}\`, which ${path} does not have: remove one`,
      ),
    ...inTemplate
      .filter((name, index) => inTemplate.indexOf(name) < index)
      .map((name) => `${place}: operation \`${id}\` has {${name}} twice in its path: rename one`),
  ];
}

function nameOf(parameter: JsonObject): string {
  return textAt(parameter, "name") ?? "";
}

/** Returns the tags of the document with their descriptions. */
export function tagDescriptions(document: JsonObject): Map<string, string> {
  const tags = get(document, "tags");
  return new Map(
    (Array.isArray(tags) ? tags : []).map((tag) => [
      textAt(tag, "name") ?? "",
      textAt(tag, "description") ?? "",
    ]),
  );
}

/** Returns the reusable schemas of the document. */
export function schemasOf(document: JsonObject): JsonObject {
  return objectAt(objectAt(document, "components"), "schemas");
}
