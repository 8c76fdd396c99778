import type ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { compile, errorsIn } from "./compiler.ts";
import { commentExamples, pageExamples } from "./examples.ts";

const inComments = commentExamples();
const inPages = pageExamples();

let program: ts.Program;
beforeAll(() => {
  program = compile(new Map([...inComments, ...inPages].map(({ place, code }) => [place, code])));
});

describe("an example in the documentation of a symbol", () => {
  it("is found in the sources", () => {
    expect(inComments.length).toBeGreaterThan(20);
  });

  it.each(inComments)("compiles when it is copied: $place", ({ place }) => {
    expect(errorsIn(program, place)).toEqual([]);
  });
});

describe.runIf(inPages.length > 0)("an example on a page", () => {
  it.each(inPages)("compiles when it is copied: $place", ({ place }) => {
    expect(errorsIn(program, place)).toEqual([]);
  });
});
