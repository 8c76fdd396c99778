import { describe, expect, it } from "vitest";
import { coerceToSchema } from "../../../src/sandbox/coerce-to-schema.ts";
import type { Components, Schema } from "../../../src/sandbox/schema.ts";

const components: Components = {
  Author: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
  Note: {
    allOf: [
      { $ref: "#/components/schemas/Author" },
      {
        type: "object",
        properties: {
          index: { type: "integer" },
          status: { type: "string", enum: ["READY", "FAILED"] },
          authors: { type: "array", items: { $ref: "#/components/schemas/Author" } },
          extra: { type: "object" },
          size: { anyOf: [{ type: "integer" }, { type: "string" }] },
        },
      },
    ],
  },
};
const note: Schema = { $ref: "#/components/schemas/Note" };

describe("an answer of the sandbox", () => {
  it("that the description has is left as it is", () => {
    const value = {
      name: "A",
      index: 1,
      status: "FAILED",
      authors: [{ name: "B" }],
      extra: { any: [1] },
      size: "L",
    };
    expect(coerceToSchema(value, note, components)).toEqual(value);
  });

  it("keeps its nulls and what is left out of it", () => {
    expect(coerceToSchema({ name: "A", index: null }, note, components)).toEqual({ name: "A", index: null });
  });

  it.each<[string, object, object]>([
    ["loses a property that is gone", { name: "A", gone: 1 }, { name: "A" }],
    ["gets a property that is demanded", { index: 1 }, { name: "text", index: 1 }],
    ["has an example in place of another type", { name: "A", index: "1" }, { name: "A", index: 1 }],
    [
      "has an example in place of a value that is gone",
      { name: "A", status: "OLD" },
      { name: "A", status: "READY" },
    ],
    [
      "follows in its lists",
      { name: "A", authors: [{ gone: 1 }] },
      { name: "A", authors: [{ name: "text" }] },
    ],
    ["follows where there is a choice", { name: "A", size: true }, { name: "A", size: 1 }],
  ])("%s", (_, value, expected) => {
    expect(coerceToSchema(value, note, components)).toEqual(expected);
  });

  it("keeps what is not described where more is allowed", () => {
    const open: Schema = {
      type: "object",
      properties: { a: { type: "string" } },
      additionalProperties: true,
    };
    expect(coerceToSchema({ a: "x", b: 2 }, open, components)).toEqual({ a: "x", b: 2 });
  });
});
