import { compareSpecs } from "../../../scripts/bump/compare.ts";
import { classifyAll } from "../../../scripts/bump/rules.ts";
import { read } from "../generate/specs.ts";

/** A small description with one operation of every kind that the rule table speaks of. */
export const BASE = `openapi: 3.1.0
info: { title: Plans, version: v1 }
servers: [{ url: https://api.example.com/v1 }]
security: [{ bearer: [] }]
components:
  securitySchemes:
    bearer: { type: http, scheme: bearer }
    key: { type: apiKey, in: header, name: X-Key }
  schemas:
    Plan:
      type: object
      required: [id, kind]
      properties:
        id: { type: string, description: Its id. }
        kind: { type: string, enum: [SHORT, LONG] }
        note: { type: string }
        level: { type: integer }
        any: {}
    PlanCreate:
      type: object
      required: [title]
      properties:
        title: { type: string, maxLength: 100 }
        kind: { type: string, enum: [SHORT, LONG] }
        note: { type: string }
        level: { type: integer, minimum: 1 }
        either: { type: [string, 'null'] }
    Unused: { type: object, properties: { a: { type: string } } }
paths:
  /plans:
    get:
      operationId: listPlans
      tags: [Plans]
      x-sdk-name: plans.list
      parameters:
        - { in: query, name: size, schema: { type: integer, maximum: 50 } }
        - { in: query, name: status, required: true, schema: { type: string, enum: [OPEN, DONE] } }
      responses:
        '200': { description: Plans., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Plan' } } } } }
        '404': { description: None. }
    post:
      operationId: createPlan
      tags: [Plans]
      x-sdk-name: plans.create
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/PlanCreate' } } } }
      responses:
        '200': { description: Plan., content: { application/json: { schema: { $ref: '#/components/schemas/Plan' } } } }
  /plans/{plan_id}:
    get:
      operationId: getPlan
      tags: [Plans]
      x-sdk-name: plans.get
      parameters: [{ in: path, name: plan_id, required: true, schema: { type: string } }]
      responses:
        '200': { description: Plan., content: { application/json: { schema: { $ref: '#/components/schemas/Plan' } } } }
`;

/** One replacement in the description; it must match once. */
export type Edit = readonly [from: string, to: string];

export function edited(edits: readonly Edit[], text: string = BASE): string {
  return edits.reduce((before, [from, to]) => {
    const parts = before.split(from);
    if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is there ${parts.length - 1} times`);
    return parts.join(to);
  }, text);
}

/** `impact: sentence` for each change that the edits make. */
export function changesOf(edits: readonly Edit[]): string[] {
  return changesBetween(BASE, edited(edits));
}

export function changesBetween(before: string, after: string): string[] {
  return classifyAll(compareSpecs(read(before), read(after))).map(
    ({ impact, sentence }) => `${impact}: ${sentence}`,
  );
}
