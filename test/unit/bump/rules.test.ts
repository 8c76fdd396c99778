import { describe, expect, it } from "vitest";
import { bumpFor, highest } from "../../../scripts/bump/rules.ts";
import { BASE, changesOf, type Edit } from "./compared.ts";

type Row = readonly [what: string, edits: readonly Edit[], changes: readonly string[]];

const GET_PLAN = BASE.slice(BASE.indexOf("  /plans/{plan_id}:"));
const CREATE = "{ $ref: '#/components/schemas/PlanCreate' }";
const operations: readonly Row[] = [
  ["an operation removed", [[GET_PLAN, ""]], ["major: Remove `plans.get`"]],
  [
    "a path removed and another added",
    [["/plans/{plan_id}:", "/plan/{plan_id}:"]],
    ["major: Move `plans.get` from `GET /plans/{plan_id}` to `GET /plan/{plan_id}`"],
  ],
  [
    "an operationId renamed",
    [["operationId: getPlan", "operationId: readPlan"]],
    ["major: Rename operation `getPlan` to `readPlan`"],
  ],
  [
    "a method renamed",
    [["x-sdk-name: plans.get", "x-sdk-name: plans.read"]],
    ["major: Rename `plans.get` to `plans.read`"],
  ],
  [
    "an operation added",
    [
      [
        "/plans/{plan_id}:",
        "/a: { get: { operationId: a, x-sdk-name: plans.a, responses: { '204': { description: A } } } }\n  /plans/{plan_id}:",
      ],
    ],
    ["minor: Add `plans.a`"],
  ],
  [
    "an operation deprecated",
    [["operationId: getPlan", "operationId: getPlan\n      deprecated: true"]],
    ["minor: Deprecate `plans.get`"],
  ],
  [
    "another authorisation",
    [["operationId: getPlan", "operationId: getPlan\n      security: [{ key: [] }]"]],
    ["major: Change the authorisation of `plans.get` from bearer to apiKey"],
  ],
  [
    "another server",
    [["api.example.com/v1", "api.example.com/v2"]],
    ["major: Change the default address of the API"],
  ],
];

const requests: readonly Row[] = [
  [
    "a new required parameter",
    [
      [
        "- { in: query, name: size,",
        "- { in: query, name: page, required: true, schema: { type: string } }\n        - { in: query, name: size,",
      ],
    ],
    ["major: `page` is now required on `plans.list`"],
  ],
  [
    "a parameter become required",
    [["name: size,", "name: size, required: true,"]],
    ["major: `size` is now required on `plans.list`"],
  ],
  [
    "a parameter become optional",
    [["name: status, required: true", "name: status"]],
    ["minor: `status` is now optional on `plans.list`"],
  ],
  [
    "an optional parameter added",
    [
      [
        "- { in: query, name: size,",
        "- { in: query, name: page, schema: { type: string } }\n        - { in: query, name: size,",
      ],
    ],
    ["minor: Add `page` to `plans.list`"],
  ],
  [
    "the first query parameter of an operation, which moves its options",
    [
      [
        "parameters: [{ in: path",
        "parameters: [{ in: query, name: page, schema: { type: string } }, { in: path",
      ],
    ],
    ["major: `plans.get` now takes `query` before its other arguments", "minor: Add `page` to `plans.get`"],
  ],
  [
    "a parameter removed",
    [["        - { in: query, name: size, schema: { type: integer, maximum: 50 } }\n", ""]],
    ["major: Remove `size` from `plans.list`"],
  ],
  [
    "a parameter deprecated",
    [["name: size,", "name: size, deprecated: true,"]],
    ["minor: Deprecate `plans.list.size`"],
  ],
  [
    "a new required property",
    [
      ["required: [title]", "required: [title, extra]"],
      [
        "note: { type: string }\n        level: { type: integer, minimum: 1 }",
        "extra: { type: string }\n        note: { type: string }\n        level: { type: integer, minimum: 1 }",
      ],
    ],
    ["major: `extra` is now required on `PlanCreate`"],
  ],
  [
    "a property become required",
    [["required: [title]", "required: [title, note]"]],
    ["major: `note` is now required on `PlanCreate`"],
  ],
  [
    "a property become optional",
    [["required: [title]", "required: []"]],
    ["minor: `title` is now optional on `PlanCreate`"],
  ],
  [
    "an optional property added",
    [["either: {", "extra: { type: string }\n        either: {"]],
    ["minor: Add `extra` to `PlanCreate`"],
  ],
  [
    "a property removed",
    [["        either: { type: [string, 'null'] }\n", ""]],
    ["major: Remove `either` from `PlanCreate`"],
  ],
  [
    "a request type narrowed",
    [["either: { type: [string, 'null'] }", "either: { type: string }"]],
    ["major: Change the type of `PlanCreate.either` from `string` or `null` to `string`"],
  ],
  [
    "a request type changed",
    [["title: { type: string, maxLength: 100 }", "title: { type: object }"]],
    ["major: Change the type of `PlanCreate.title` from `string` to `object`"],
  ],
  [
    "a request type widened",
    [["level: { type: integer, minimum: 1 }", "level: { type: number, minimum: 1 }"]],
    ["minor: Change the type of `PlanCreate.level` from `integer` to `number`"],
  ],
  [
    "a bound tightened",
    [["maxLength: 100", "maxLength: 80"]],
    ["major: Change `maxLength` of `PlanCreate.title` from `100` to `80`"],
  ],
  [
    "a bound loosened",
    [["maxLength: 100", "maxLength: 120"]],
    ["minor: Change `maxLength` of `PlanCreate.title` from `100` to `120`"],
  ],
  [
    "a request enum value removed",
    [["enum: [OPEN, DONE]", "enum: [OPEN]"]],
    ["major: Remove value `DONE` from `plans.list.status`"],
  ],
  [
    "a request enum value added",
    [["enum: [OPEN, DONE]", "enum: [OPEN, DONE, NEW]"]],
    ["minor: Add value `NEW` to `plans.list.status`"],
  ],
  [
    "a request become an enum",
    [["title: { type: string, maxLength: 100 }", "title: { type: string, maxLength: 100, enum: [A] }"]],
    ["major: Change the type of `PlanCreate.title` from any value to one of `A`"],
  ],
  [
    "a request media type added",
    [
      [
        `{ application/json: { schema: ${CREATE} } }`,
        `{ application/json: { schema: ${CREATE} }, application/xml: {} }`,
      ],
    ],
    ["minor: Add `application/xml` to `plans.create`"],
  ],
  [
    "a body removed",
    [[`      requestBody: { required: true, content: { application/json: { schema: ${CREATE} } } }\n`, ""]],
    ["major: Remove `body` from `plans.create`"],
  ],
  [
    "a body become optional",
    [["requestBody: { required: true,", "requestBody: { required: false,"]],
    ["minor: `body` is now optional on `plans.create`"],
  ],
];

describe.each([
  ["operations", operations],
  ["requests", requests],
] as const)("the rule table on %s", (_, rows) => {
  it.each(rows)("%s", (_what, edits, changes) => {
    expect(changesOf(edits)).toEqual(changes);
  });
});

describe("the bump", () => {
  it("is the highest of all changes", () => {
    expect(highest(["patch", "major", "minor"])).toBe("major");
    expect(highest(["patch", "minor"])).toBe("minor");
    expect(highest(["patch"])).toBe("patch");
    expect(highest([])).toBeUndefined();
  });
  it.each([
    ["major", "0.4.2", "minor"],
    ["minor", "0.4.2", "minor"],
    ["patch", "0.4.2", "patch"],
    ["major", "1.0.0", "major"],
    ["minor", "10.0.0", "minor"],
  ] as const)("of a %s change to version %s is %s", (impact, version, bump) => {
    expect(bumpFor(impact, version)).toBe(bump);
  });
});
