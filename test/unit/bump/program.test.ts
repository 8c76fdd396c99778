import { describe, expect, it } from "vitest";
import { createProgram, dependents, problemsOf } from "../../../scripts/bump/program.ts";
import { projectRoot } from "../../../scripts/spec/effective.ts";

describe("what a changed file can reach", () => {
  const files = new Map([
    ["reach/a.ts", "export type A = string;\n"],
    ["reach/b.ts", 'export type { A } from "./a.ts";\n'],
    ["reach/c.ts", 'export const c: import("./b.ts").A = 1;\n'],
    ["reach/d.ts", 'import "./c.ts";\nexport const d: string = 1;\n'],
    ["reach/other.ts", "export const other: string = 1;\n"],
  ]);
  const program = createProgram(projectRoot, files, [...files.keys()]);

  it("is itself and whoever imports it, by name, as a type or for its effects, however far", () => {
    expect([...dependents(program, projectRoot, ["reach/a.ts"])].sort()).toEqual([
      "reach/a.ts",
      "reach/b.ts",
      "reach/c.ts",
      "reach/d.ts",
    ]);
    expect([...dependents(program, projectRoot, ["reach/d.ts", "reach/data.yaml"])]).toEqual([
      "reach/d.ts",
      "reach/data.yaml",
    ]);
  });

  it("is where problems are looked for, and nowhere else", () => {
    const concerned = dependents(program, projectRoot, ["reach/a.ts"]);
    expect(problemsOf(program, projectRoot, (file) => concerned.has(file))).toEqual([
      "reach/c.ts:1: Type 'number' is not assignable to type 'string'.",
      "reach/d.ts:2: Type 'number' is not assignable to type 'string'.",
    ]);
  });
});
