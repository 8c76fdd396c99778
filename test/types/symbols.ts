import { join } from "node:path";
import ts from "typescript";
import { entries } from "../../scripts/bump/surface.ts";
import { root } from "./compiler.ts";

/** Something that a user can name or call, and the sentences of its TSDoc. */
export interface PublicSymbol {
  /** `heidi-health-sdk: SessionsApi.create`. */
  readonly name: string;
  readonly isMethod: boolean;
  readonly doc: string;
}

/** Every exported symbol of every entry, with the methods of those that are objects or classes. */
export function publicSymbols(program: ts.Program): PublicSymbol[] {
  const checker = program.getTypeChecker();
  return Object.entries(entries).flatMap(([entry, file]) => {
    const source = program.getSourceFile(join(root, file));
    const module = source && checker.getSymbolAtLocation(source);
    const exported = module ? checker.getExportsOfModule(module) : [];
    return exported.flatMap((alias) => {
      const isAlias = (alias.flags & ts.SymbolFlags.Alias) !== 0;
      const symbol = isAlias ? checker.getAliasedSymbol(alias) : alias;
      const own = { name: `${entry}: ${alias.name}`, isMethod: false, doc: docOf(symbol, checker) };
      return [own, ...methodsOf(symbol, own.name, checker)];
    });
  });
}

function methodsOf(symbol: ts.Symbol, owner: string, checker: ts.TypeChecker): PublicSymbol[] {
  const isHolder = (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0;
  const members = isHolder ? [...(symbol.members?.values() ?? [])] : [];
  const statics = (symbol.flags & ts.SymbolFlags.Class) === 0 ? [] : [...(symbol.exports?.values() ?? [])];
  return [...members, ...statics]
    .filter((member) => (member.flags & ts.SymbolFlags.Method) !== 0 && isNamed(member))
    .map((member) => ({
      name: `${owner}.${member.name}`,
      isMethod: true,
      doc: docOf(member, checker),
    }));
}

/** Private names and well-known symbols (`Symbol.asyncIterator`) need no words. */
function isNamed({ name }: ts.Symbol): boolean {
  return /^[a-z]\w*$/i.test(name);
}

function docOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}
