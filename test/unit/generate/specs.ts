import { generate } from "../../../scripts/emit/generate.ts";
import { type OperationModel, readOperations } from "../../../scripts/spec/model.ts";
import { SpecError } from "../../../scripts/spec/problem.ts";
import { parseSource } from "../../../scripts/spec/source.ts";
import { createSpec, type Spec } from "../../../scripts/spec/spec.ts";
import { validate } from "../../../scripts/spec/validate.ts";

/** A whole small spec around the given `paths`, 4 spaces deep in lines of YAML. */
export function specText(paths: string, components = ""): string {
  return `openapi: 3.1.0
info: { title: Small, version: v1 }
servers: [{ url: https://api.example.com/v1 }]
tags: [{ name: Care Plans, description: Plans of care. }]
security: [{ bearer: [] }]
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
    basic: { type: http, scheme: basic }
    cookie: { type: apiKey, in: cookie, name: sid }
    oauth: { type: oauth2, flows: {} }
${components}
paths:
${paths}
`;
}

export function read(text: string): Spec {
  const spec = createSpec(parseSource("small.yaml", text));
  validate(spec);
  return spec;
}

/** One `GET /plans` with the given lines under it. */
export function getPlans(lines: string): string {
  return specText(`  /plans:\n    get:\n      operationId: listPlans\n${lines}`);
}

export const OK = "      responses: { '200': { description: Done. } }";

export function modelsOf(text: string): OperationModel[] {
  return readOperations(read(text));
}

export async function filesOf(text: string): Promise<Map<string, string>> {
  return await generate(read(text));
}

export async function fileOf(text: string, name: string): Promise<string> {
  return (await filesOf(text)).get(name) ?? "";
}

/** The one-line problems that stop the generator. */
export function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof SpecError) return error.problems;
    throw error;
  }
  return [];
}
