import ts from "typescript";

/** A test, or a table of tests, in a file. */
export interface FoundTest {
  readonly file: string;
  /** The titles of its suites and of the test, outermost first. */
  readonly title: string;
  /** The ids of failures.md in its title, its suites' titles, or the rows of its table. */
  readonly ids: readonly string[];
  /** How the test is skipped; undefined when it always runs. */
  readonly skipped: "always" | "conditionally" | undefined;
}

const ID = /\[((?:[A-IR]\d+)(?:[ ,]+[A-IR]\d+)*)\]/g;

/** Returns the ids in a text, written as `[A1]` or `[A1, B2]`. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(ID)].flatMap(([, list = ""]) => list.split(/[ ,]+/));
}

interface Scope {
  readonly titles: readonly string[];
  readonly skipped: FoundTest["skipped"];
}

/** Returns every test of a file. It parses the source, so tests that need a missing program are listed too. */
export function testsOf(file: string, text: string): FoundTest[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: FoundTest[] = [];
  const visit = (node: ts.Node, scope: Scope): void => {
    const call = ts.isCallExpression(node) ? readCall(node, source) : undefined;
    if (!call) {
      const inBranch = ts.isIfStatement(node) && scope.titles.length === 0;
      const own = inBranch ? { ...scope, skipped: worse(scope.skipped, "conditionally") } : scope;
      node.forEachChild((child) => visit(child, own));
      return;
    }
    const inner: Scope = {
      titles: [...scope.titles, call.title],
      skipped: worse(scope.skipped, call.skipped),
    };
    if (call.kind === "describe") for (const child of call.body) visit(child, inner);
    else found.push(...expand(file, inner, call.rows));
  };
  visit(source, { titles: [], skipped: undefined });
  return found;
}

/** Returns one test for each table row with its own ids, or a single test when no row has one. */
function expand(file: string, { titles, skipped }: Scope, rows: readonly string[]): FoundTest[] {
  const plain = titles.join(" › ");
  const own = rows.flatMap((row) => {
    const title = titles.map((part, at) => (at === titles.length - 1 ? fill(part, row) : part)).join(" › ");
    return [{ file, title, ids: idsIn(title), skipped }];
  });
  return own.length > 0 ? own : [{ file, title: plain, ids: idsIn(plain), skipped }];
}

const fill = (title: string, row: string): string =>
  title.includes("%s") ? title.replace("%s", row) : `${title} (${row})`;

interface TestCall {
  readonly kind: "describe" | "it";
  readonly title: string;
  readonly skipped: FoundTest["skipped"];
  readonly rows: readonly string[];
  readonly body: readonly ts.Node[];
}

/** Parses calls such as `it("…")`, `it.each(table)("…")` and `describe.skipIf(condition)("…")`; undefined for other calls. */
function readCall(node: ts.CallExpression, source: ts.SourceFile): TestCall | undefined {
  const [first, ...body] = node.arguments;
  const title = first && textOf(first);
  if (title === undefined) return undefined;
  let skipped: FoundTest["skipped"];
  let rows: string[] = [];
  let callee: ts.Expression = node.expression;
  for (;;) {
    if (ts.isCallExpression(callee)) {
      const [table] = callee.arguments;
      if (table && nameOf(callee.expression) === "each") rows = rowsWithIds(table, source);
      callee = callee.expression;
    } else if (ts.isPropertyAccessExpression(callee)) {
      const { text } = callee.name;
      if (text === "skip" || text === "todo" || text === "fails") skipped = "always";
      if (text === "skipIf" || text === "runIf") skipped = worse(skipped, "conditionally");
      callee = callee.expression;
    } else break;
  }
  if (!ts.isIdentifier(callee) || !["describe", "it", "test"].includes(callee.text)) return undefined;
  return { kind: callee.text === "describe" ? "describe" : "it", title, skipped, rows, body };
}

const nameOf = (callee: ts.Expression): string | undefined =>
  ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;

/** Returns the string literals with ids in a table, which is inline or declared in the same file. */
function rowsWithIds(table: ts.Expression, source: ts.SourceFile): string[] {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined && idsIn(text).length > 0) literals.push(text);
    node.forEachChild(visit);
  };
  visit(ts.isIdentifier(table) ? (declarationOf(table.text, source) ?? table) : table);
  return literals;
}

function declarationOf(name: string, source: ts.SourceFile): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText(source) === name) found ??= node.initializer;
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join("");
}

function worse(one: FoundTest["skipped"], other: FoundTest["skipped"]): FoundTest["skipped"] {
  if (one === "always" || other === "always") return "always";
  return one ?? other;
}
