import { beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import { entries } from "../../scripts/bump/surface.ts";
import { compile } from "./compiler.ts";
import { type PublicSymbol, publicSymbols } from "./symbols.ts";

let symbols: PublicSymbol[];
beforeAll(() => {
  const imports = Object.keys(entries).map((entry) => `import * as all from "${entry}";`);
  symbols = publicSymbols(compile(new Map(imports.map((code, index) => [`entry-${index}`, code]))));
});

/** Starts like a sentence and ends like one; a list or a table may follow the first. */
const isSentence = (doc: string): boolean => /^[A-Z0-9`'"].*?[.:](\s|$)/s.test(doc);

describe("what an editor shows beside", () => {
  it.each(Object.keys(entries))("an exported name of %s is a sentence", (entry) => {
    const exported = symbols.filter(({ name, isMethod }) => !isMethod && name.startsWith(`${entry}: `));
    expect(exported.length).toBeGreaterThan(entry === "heidi-health-sdk/opentelemetry" ? 1 : 5);
    expect(exported.filter(({ doc }) => !isSentence(doc)).map(({ name }) => name)).toEqual([]);
  });

  it("a method is a sentence", () => {
    const methods = symbols.filter(({ isMethod }) => isMethod);
    expect(methods.filter(({ doc }) => !isSentence(doc)).map(({ name }) => name)).toEqual([]);
  });

  it("an operation's method names its request", () => {
    const lines = Object.values(operations).map(({ method, path }) => `\`${method} ${path}\``);
    const docs = symbols.filter(({ isMethod }) => isMethod).map(({ doc }) => doc);
    expect(lines.filter((line) => !docs.some((doc) => doc.includes(line)))).toEqual([]);
  });
});
