import ts from "typescript";

/**
 * Puts every statement of a minified module, and every member of its classes, on a line of its own: Node prints the
 * line that threw, and that must not be the whole file.
 */
export function breakLines(code: string): string {
  const file = ts.createSourceFile("a.js", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const starts: number[] = [];
  const visit = (node: ts.Node, depth: number): void => {
    if (isLine(node, depth)) starts.push(node.getStart(file));
    node.forEachChild((child) => visit(child, depth + 1));
  };
  file.forEachChild((statement) => visit(statement, 0));
  const cuts = [0, ...starts.filter((start) => start > 0 && code[start - 1] !== "\n"), code.length];
  return cuts
    .slice(1)
    .map((end, index) => code.slice(cuts[index], end))
    .join("\n");
}

function isLine(node: ts.Node, depth: number): boolean {
  if (ts.isPropertyDeclaration(node)) return node.initializer !== undefined;
  return (depth === 0 && ts.isStatement(node)) || ts.isClassElement(node);
}
