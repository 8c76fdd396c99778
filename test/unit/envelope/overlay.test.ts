import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { fileOf, getPlans, modelsOf, problemsOf } from "../generate/specs.ts";

const JSON_ANSWER = `      responses:
        '200':
          description: Done.
          content: { application/json: { schema: { type: object, properties: { id: {}, data: {} } } } }`;
const withKey = (line: string, answer = JSON_ANSWER): string => getPlans(`${answer}\n      ${line}`);

describe("an envelope in the spec", () => {
  it("is carried by the table: keys around the answer with its own properties, and other names", async () => {
    const table = await fileOf(withKey("x-sdk-envelope: { plan: $, plans: data }"), "operations.ts");
    expect(table).toContain('envelope: { around: ["plan"], own: ["id", "data"], names: { plans: "data" } }');
  });

  it.each([
    ["is empty", withKey("x-sdk-envelope: {}"), /has an empty x-sdk-envelope/],
    ["is text", withKey("x-sdk-envelope: plan"), /has an empty x-sdk-envelope/],
    ["names a property of the answer", withKey("x-sdk-envelope: { id: $ }"), /`id` in its x-sdk-envelope/],
    [
      "maps to what the answer does not have",
      withKey("x-sdk-envelope: { plan: plans }"),
      /maps `plan` to a property/,
    ],
    [
      "is given to an answer without JSON",
      withKey("x-sdk-envelope: { plan: $ }", "      responses: { '200': { description: Done. } }"),
      /only JSON responses can have/,
    ],
  ])("stops the generator when it %s", (_, text, message) => {
    const problems = problemsOf(() => modelsOf(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).toMatch(/^small\.yaml:\d+: operation `listPlans` /);
  });
});

describe("an answer that may be missing", () => {
  it("is typed so", async () => {
    const types = await fileOf(withKey("x-sdk-answer: optional"), "types.ts");
    expect(types).toMatch(/export type ListPlansResponse = .* \| undefined;/);
  });

  it.each(["x-sdk-answer: maybe", "x-sdk-answer: true"])("stops the generator when it is %s", (line) => {
    expect(problemsOf(() => modelsOf(withKey(line)))).toEqual([
      expect.stringMatching(/unknown x-sdk-answer/),
    ]);
  });
});

describe("the overlay of what is documented", () => {
  const file = new URL("../../../openapi/overlays/30-documented.overlay.yaml", import.meta.url);
  const { actions } = parse(readFileSync(file, "utf8")) as { actions: { description: string }[] };

  it("begins every action with the grade of its evidence", () => {
    for (const { description } of actions)
      expect(description).toMatch(/^(?:doc|seen|belief|doc and seen): \w/);
  });
});
