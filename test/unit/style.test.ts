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

/** The names that a file declares or imports, at whatever depth: what it names besides is the platform's. */
function namesIn(ast: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  walk(ast, (node) => {
    const { name } = node as Partial<ts.NamedDeclaration>;
    if (name && ts.isIdentifier(name) && !ts.isPropertyAccessExpression(node)) names.add(name.text);
  });
  return names;
}

/** Every question for a value's class that only values of this realm's own class would pass. */
function platformClassesIn({ path, ast }: SourceModule): string[] {
  const own = namesIn(ast);
  const found: string[] = [];
  const isPlatforms = (node: ts.Node): node is ts.Identifier =>
    ts.isIdentifier(node) && !own.has(node.text) && node.text !== "undefined";
  const check = (node: ts.Node, named: ts.Node, what: string): void => {
    const { line } = ast.getLineAndCharacterOfPosition(node.getStart());
    const last = ts.isPropertyAccessExpression(named) ? named.name : named;
    const isGlobal = isPlatforms(named) || /^globalThis\./.test(named.getText());
    if (isGlobal) found.push(`${path}:${line + 1} ${what} ${last.getText()}`);
  };
  walk(ast, (node) => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === "isPrototypeOf")
      found.push(`${path} isPrototypeOf`);
    if (!ts.isBinaryExpression(node)) return;
    const { left, operatorToken, right } = node;
    if (operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) check(node, right, "instanceof");
    if (!/^[!=]==?$/.test(operatorToken.getText())) return;
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (/\.constructor$/.test(one.getText())) check(node, other, "constructor");
    }
  });
  return found;
}

describe("a test", () => {
  it("does not wait with `vi.waitFor`, whose limit of a second a busy machine misses: `expect.poll` has the suite's", () => {
    const waiting = readModules("test").filter(({ text }) => /\bvi\.wait(For|Until)\(/.test(text));
    expect(waiting.map(({ path }) => path)).toEqual([]);
  });
});

describe("the time limit of a test", () => {
  it("is never below the suite's 900 s, which is for a busy machine", () => {
    const limits = readModules("test").flatMap(({ path, text }) =>
      [...text.matchAll(/^\s*\}, ([\d_]{4,})\);$/gm)].map(([, limit = ""]) => [
        path,
        Number(limit.replaceAll("_", "")),
      ]),
    );
    expect(limits.filter(([, limitMs]) => Number(limitMs) < 900_000)).toEqual([]);
  });
});

describe("the classes of the platform", () => {
  it("are never asked for by `instanceof`: frames, jsdom and polyfills have others [R24]", () => {
    expect(modules.filter(({ path }) => path.startsWith("src/")).flatMap(platformClassesIn)).toEqual([]);
  });

  it.each([
    ["x instanceof Response;", "instanceof Response"],
    ["if (x instanceof globalThis.Headers) f();", "instanceof Headers"],
    ["const is = (x: unknown) => x instanceof Error;", "instanceof Error"],
    ["x.constructor === Uint8Array;", "constructor Uint8Array"],
    ["Map !== x?.constructor;", "constructor Map"],
  ])("would be noticed in %s", (text, what) => {
    const ast = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
    expect(platformClassesIn({ path: "a.ts", text, ast, imports: [] })).toEqual([`a.ts:1 ${what}`]);
  });

  it.each([
    'import { HeidiError } from "./errors.ts"; x instanceof HeidiError;',
    "class Own extends Error {} x instanceof Own;",
    "const is = (x: unknown, kind: Kind) => x instanceof kind;",
  ])("are not what %s asks for", (text) => {
    const ast = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
    expect(platformClassesIn({ path: "a.ts", text, ast, imports: [] })).toEqual([]);
  });
});

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
