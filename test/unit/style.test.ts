import ts from "typescript";
import { describe, expect, it } from "vitest";
import { readModules, type SourceModule, walk } from "../modules.ts";

// A declaration file describes another package's code, which has its own style.
const modules = [...readModules("src"), ...readModules("scripts")].filter(
  ({ path }) => !path.endsWith(".d.ts"),
);
/** Advice turned into a guard: beyond this a file is rarely one idea. */
const MAX_LINES = 500;

/** What the house style leaves out, whatever the linter's settings are. */
function refused(node: ts.Node): string | undefined {
  if (ts.isEnumDeclaration(node)) return "enum";
  if (ts.isNonNullExpression(node)) return "non-null assertion";
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
  if (ts.isExportAssignment(node)) return "default export";
  if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) return "default export";
  if (ts.isExportDeclaration(node) && !(node.exportClause && ts.isNamedExports(node.exportClause))) {
    return "export *";
  }
  return undefined;
}

function refusedIn({ path, ast }: SourceModule): string[] {
  const found: string[] = [];
  walk(ast, (node) => {
    const what = refused(node);
    if (what === undefined) return;
    const { line } = ast.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path}:${line + 1} ${what}`);
  });
  return found;
}

describe("the house style", () => {
  it("has no file that is two ideas", () => {
    const long = modules.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it("does without default exports, export *, enum, any and non-null assertions", () => {
    expect(modules.flatMap(refusedIn)).toEqual([]);
  });

  it("silences neither the compiler nor the linter", () => {
    const silenced = modules.filter(({ text }) =>
      /@ts-(ignore|nocheck|expect-error)|biome-ignore/.test(text),
    );
    expect(silenced.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ["export default 1;", "default export"],
    ["export default function f() {}", "default export"],
    ["export * from './a.ts';", "export *"],
    ["export * as a from './a.ts';", "export *"],
    ["enum A { B }", "enum"],
    ["let a: any;", "any"],
    ["a!.b;", "non-null assertion"],
  ])("would notice %s", (text, what) => {
    const ast = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
    expect(refusedIn({ path: "a.ts", text, ast, imports: [] })).toEqual([`a.ts:1 ${what}`]);
  });
});
