import { describe, expect, it } from "vitest";
import { BASE, changesBetween, changesOf, type Edit } from "./compared.ts";

type Row = readonly [what: string, edits: readonly Edit[], changes: readonly string[]];

const PLAN_200 =
  "'200': { description: Plans., content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Plan' } } } } }";

const responses: readonly Row[] = [
  [
    "a response property removed",
    [["        level: { type: integer }\n", ""]],
    ["major: Remove `level` from `Plan`"],
  ],
  [
    "a response property made optional",
    [["required: [id, kind]", "required: [id]"]],
    ["major: `kind` is now optional on `Plan`"],
  ],
  [
    "a response property made nullable",
    [["level: { type: integer }", "level: { type: [integer, 'null'] }"]],
    ["major: Change the type of `Plan.level` from `integer` to `integer` or `null`"],
  ],
  [
    "a response property's type changed",
    [["level: { type: integer }", "level: { type: string }"]],
    ["major: Change the type of `Plan.level` from `integer` to `string`"],
  ],
  [
    "a response property added",
    [["level: { type: integer }", "level: { type: integer }\n        extra: { type: string }"]],
    ["minor: Add `extra` to `Plan`"],
  ],
  [
    "a response property tightened",
    [["any: {}", "any: { type: string }"]],
    ["patch: Change the type of `Plan.any` from anything to `string`"],
  ],
  [
    "a response property made required",
    [["required: [id, kind]", "required: [id, kind, note]"]],
    ["patch: `note` is now always in `Plan`"],
  ],
  [
    "a response bound",
    [["level: { type: integer }", "level: { type: integer, minimum: 1 }"]],
    ["patch: Change `minimum` of `Plan.level` from unset to `1`"],
  ],
  [
    "a property deprecated",
    [["level: { type: integer }", "level: { type: integer, deprecated: true }"]],
    ["minor: Deprecate `Plan.level`"],
  ],
  [
    "a response code added",
    [
      [
        "'404': { description: None. }",
        "'404': { description: None. }\n        '409': { description: Conflict. }",
      ],
    ],
    ["minor: Add status 409 to `plans.list`"],
  ],
  [
    "an error code removed",
    [["        '404': { description: None. }\n", ""]],
    ["patch: Remove status 404 from `plans.list`"],
  ],
  [
    "a success media type removed",
    [[PLAN_200, "'200': { description: Plans. }"]],
    [
      "major: Change the answer of `plans.list` from json to empty",
      "major: Remove `application/json` from `plans.list`",
    ],
  ],
  [
    "another success media type",
    [[PLAN_200, PLAN_200.replace("application/json", "application/x-ndjson")]],
    [
      "major: Change the answer of `plans.list` from json to stream",
      "major: Remove `application/json` from `plans.list`",
      "minor: Add `application/x-ndjson` to `plans.list`",
    ],
  ],
  [
    "another success answer",
    [[PLAN_200, `${PLAN_200}\n        '202': { description: Later. }`]],
    [
      "major: Change the type of `plans.list` from its own response to that or the response of status 202",
      "minor: Add status 202 to `plans.list`",
    ],
  ],
];

const schemas: readonly Row[] = [
  [
    "a component schema removed",
    [["    Unused: { type: object, properties: { a: { type: string } } }\n", ""]],
    ["major: Remove type `Unused`"],
  ],
  [
    "a component schema renamed",
    [["    Unused:", "    NotUsed:"]],
    ["major: Rename type `Unused` to `NotUsed`"],
  ],
  [
    "a component schema renamed, with another text",
    [["    Unused: { type: object,", "    NotUsed: { description: Not used., type: object,"]],
    ["major: Rename type `Unused` to `NotUsed`"],
  ],
  [
    "a component schema added",
    [["    Unused:", "    More: { type: object }\n    Unused:"]],
    ["minor: Add type `More`"],
  ],
];

const texts: readonly Row[] = [
  [
    "a description",
    [["description: Its id.", "description: The plan's id."]],
    ["patch: Update descriptions and examples"],
  ],
  [
    "an example",
    [["description: Its id.", "description: Its id., examples: [p1]"]],
    ["patch: Update descriptions and examples"],
  ],
  ["nothing", [], []],
];

describe.each([
  ["responses", responses],
  ["component schemas", schemas],
  ["texts", texts],
] as const)("the rule table on %s", (_, rows) => {
  it.each(rows)("%s", (_what, edits, changes) => {
    expect(changesOf(edits)).toEqual(changes);
  });
});

describe("an enum that only answers have", () => {
  const answerOnly = BASE.replaceAll(
    "kind: { type: string, enum: [SHORT, LONG] }\n        note: { type: string }\n        level: { type: integer, minimum",
    "note: { type: string }\n        level: { type: integer, minimum",
  );
  it("may get values, as ours are open", () => {
    expect(changesBetween(answerOnly, answerOnly.replace("[SHORT, LONG]", "[SHORT, LONG, NEW]"))).toEqual([
      "minor: Add value `NEW` to `Plan.kind`",
    ]);
  });
  it("may lose values", () => {
    expect(changesBetween(answerOnly, answerOnly.replace("[SHORT, LONG]", "[SHORT]"))).toEqual([
      "patch: Remove value `LONG` from `Plan.kind`",
    ]);
  });
});

describe("a schema that goes both ways", () => {
  const both = BASE.replace("$ref: '#/components/schemas/PlanCreate'", "$ref: '#/components/schemas/Plan'");
  it("is judged by the stricter way, in one sentence", () => {
    expect(
      changesBetween(both, both.replace("note: { type: string }", "note: { type: string, enum: [A] }")),
    ).toEqual(["major: Change the type of `Plan.note` from any value to one of `A`"]);
    expect(changesBetween(both, both.replace("required: [id, kind]", "required: [id, kind, note]"))).toEqual([
      "major: `note` is now required on `Plan`",
      "patch: `note` is now always in `Plan`",
    ]);
  });
});

describe("an answer that becomes another type", () => {
  const other = BASE.replace(
    "    Unused:",
    "    Draft: { type: object, required: [id, kind], properties: { id: { type: string, description: Its id. }, kind: { type: string, enum: [SHORT, LONG] }, note: { type: string }, any: {} } }\n    Unused:",
  );
  it("is said of the operation, not of a type that is as it was", () => {
    const list = "{ type: array, items: { $ref: '#/components/schemas/Plan' } }";
    expect(changesBetween(other, other.replace(list, list.replace("/Plan'", "/Draft'")))).toEqual([
      "major: Remove `level` from `plans.list answer[]`",
    ]);
  });
});
