import { join } from "node:path";
import ts from "typescript";
import { entries } from "../../scripts/bump/surface.ts";
import { root } from "./compiler.ts";

/**
 * The types that signatures of exported symbols name, and that no entry exports, each with the first place that names it:
 * who exports a value of such a type, with `declaration: true`, cannot write it down.
 */
export function unexportedTypes(program: ts.Program): string[] {
  const checker = program.getTypeChecker();
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const exported = new Map<ts.Symbol, string>();
  for (const [entry, file] of Object.entries(entries)) {
    const source = program.getSourceFile(join(root, file));
    const module = source && checker.getSymbolAtLocation(source);
    for (const symbol of module ? checker.getExportsOfModule(module) : [])
      exported.set(resolve(symbol), `${entry}: ${symbol.name}`);
  }
  const missing = new Map<string, string>();
  const queue = [...exported];
  const seen = new Set(queue.map(([symbol]) => symbol));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [symbol, place] = next;
    for (const declaration of symbol.declarations ?? []) {
      for (const name of typeNamesIn(declaration)) {
        const found = checker.getSymbolAtLocation(name);
        const target = found && resolve(found);
        if (target === undefined || seen.has(target) || !isOwn(target)) continue;
        seen.add(target);
        if (!exported.has(target)) missing.set(target.name, place);
        queue.push([target, exported.get(target) ?? place]);
      }
    }
  }
  return [...missing].map(([name, place]) => `${name} (${place})`).sort();
}

const isOwn = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).some(
    (declaration) =>
      /\/(src|generated)\//.test(declaration.getSourceFile().fileName) &&
      !ts.isTypeParameterDeclaration(declaration) &&
      !/node_modules|\/generated\/schema\.ts$/.test(declaration.getSourceFile().fileName),
  );

const docOf = (node: ts.ConstructorDeclaration): string =>
  ts.getJSDocCommentsAndTags(node)[0]?.getText() ?? "";

/** The names of types in what a declaration file would keep of a declaration. */
function typeNamesIn(declaration: ts.Declaration): ts.Node[] {
  const names: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node) || ts.isPrivateIdentifier(node)) return;
    // Users get such objects from the client's methods, and never make one.
    if (ts.isConstructorDeclaration(node) && /^\/\*\* Internal\b/.test(docOf(node))) return;
    if ("name" in node && node.name !== undefined && ts.isPrivateIdentifier(node.name as ts.Node)) return;
    if (
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
    )
      return;
    if (ts.isTypeReferenceNode(node)) names.push(node.typeName);
    if (ts.isExpressionWithTypeArguments(node)) names.push(node.expression);
    ts.forEachChild(node, (child) => {
      const isValue = "initializer" in node && node.initializer === child;
      if (!isValue) visit(child);
    });
  };
  visit(declaration);
  return names;
}
