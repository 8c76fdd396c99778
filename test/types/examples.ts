import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { operations } from "../../generated/operations.ts";
import { readModules, type SourceModule, walk } from "../modules.ts";
import { exportedNames, publicNames, root } from "./compiler.ts";

/** A piece of code that a reader of the documentation may copy. */
export interface Example {
  /** The file and line where it begins. */
  readonly place: string;
  /** As it is printed, with the names that it may take for granted imported in its first line. */
  readonly code: string;
}

/**
 * The examples in the comments of `src/` and of the generated client. They may use all of the package, and what their own
 * file exports. The generated ones also use the path parameters of the operations as variables.
 */
export function commentExamples(): Example[] {
  const modules = readModules("src");
  const assumed = assumedNames();
  const ids = pathParameters([...assumed.values()].flat());
  const entries = publicNames(modules);
  const known = new Set([...entries.values()].flat());
  const generated = readModules("generated").filter(({ path }) => path === "generated/client.ts");
  return [...modules, ...generated].flatMap((module) => {
    const isGenerated = generated.includes(module);
    const own = isGenerated ? [] : exportedNames(module).filter((name) => !known.has(name));
    const names = new Map([...entries, [`../../../${module.path}`, own], ...assumed]);
    return examplesOf(module).map(({ line, text }) =>
      example(`${module.path}:${line}`, text, names, isGenerated ? ids : []),
    );
  });
}

/** The path parameters of all operations that no example may take for granted otherwise. */
function pathParameters(assumed: readonly string[]): string[] {
  const names = Object.values(operations)
    .flatMap((operation) => operation.pathParameters)
    .map((name) => name.replaceAll(/\W/g, "_"));
  return [...new Set(names)].filter((name) => !assumed.includes(name));
}

/** The TypeScript of the pages in Markdown. A page has to import what it uses of the package, once. */
export function pageExamples(): Example[] {
  const docs = existsSync(join(root, "docs")) ? readdirSync(join(root, "docs")) : [];
  const pages = docs.filter((name) => name.endsWith(".md")).map((name) => posix.join("docs", name));
  return ["README.md", ...pages.sort()].flatMap(blocksOf);
}

function blocksOf(page: string): Example[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```(?:ts|typescript)\b[^\n]*\n([\s\S]*?)^```/gm)].map((match) => ({
    line: lineOf(text, match.index) + 1,
    code: match[1] ?? "",
  }));
  // The README's consult is compiled and run from the packed package.
  return blocks.slice(page === "README.md" ? 1 : 0).map(({ line, code }, index, rest) => {
    const before = new Set((page === "README.md" ? blocks : rest).slice(0, index + 1).flatMap(importedIn));
    const entries = [...publicNames()].map(([entry, names]) => [
      entry,
      names.filter((name) => before.has(name)),
    ]);
    return example(`${page}:${line}`, code, new Map([...entries, ...assumedNames()] as [string, string[]][]));
  });
}

function importedIn({ code }: { readonly code: string }): string[] {
  const lists = [...code.matchAll(/import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"heidi-health-sdk/g)];
  return lists.flatMap(([, list = ""]) => list.split(",").map((name) => name.trim().replace(/^type\s+/, "")));
}

function assumedNames(): Map<string, string[]> {
  const prelude = readModules("test/types").find(({ path }) => path.endsWith("/prelude.ts"));
  return new Map([["../prelude.ts", prelude ? exportedNames(prelude) : []]]);
}

/** What the code declares itself is neither imported nor declared. */
function example(
  place: string,
  code: string,
  names: ReadonlyMap<string, readonly string[]>,
  texts: readonly string[] = [],
): Example {
  const own = declaredIn(code);
  const imports = [...names].map(([from, list]) => {
    const wanted = list.filter((name) => !own.has(name));
    return wanted.length > 0 ? `import { ${wanted.join(", ")} } from "${from}";` : "";
  });
  const declared = texts.filter((name) => !own.has(name)).map((name) => `declare const ${name}: string;`);
  return { place, code: `${[...imports, ...declared].join(" ")}\n${code}` };
}

function declaredIn(code: string): Set<string> {
  const names = new Set<string>();
  walk(ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true), (node) => {
    const isDeclared =
      ts.isBindingElement(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node);
    if (isDeclared && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

/** The text behind each `@example`, up to the next tag or the comment's end. */
function examplesOf({ text }: SourceModule): { readonly line: number; readonly text: string }[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const body = comment[0].slice(3, -2).replaceAll(/^[ \t]*\* ?/gm, "");
    return [...body.matchAll(/^[ \t]*@example\b[ \t]*\n?([\s\S]*?)(?=^[ \t]*@[a-z]+\b|(?![\s\S]))/gm)].map(
      (match) => ({
        line: lineOf(text, comment.index) + lineOf(body, match.index) - 1,
        text: (match[1] ?? "").replaceAll(/^```.*$/gm, "").trim(),
      }),
    );
  });
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
