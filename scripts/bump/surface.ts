import { join } from "node:path";
import ts from "typescript";
import { isObject, type Json } from "../spec/json.ts";

/** The public entry points by import specifier. */
export const entries: Readonly<Record<string, string>> = {
  "heidi-health-sdk": "src/index.ts",
  "heidi-health-sdk/node": "src/node.ts",
  "heidi-health-sdk/browser": "src/browser.ts",
  "heidi-health-sdk/sandbox": "src/sandbox/index.ts",
  "heidi-health-sdk/server": "src/server.ts",
  "heidi-health-sdk/opentelemetry": "src/opentelemetry.ts",
};
export const surfaceFile = "test/surface.json";

/** The exported signatures by entry and name, one line for each member. */
export type Surface = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export function readSurface(program: ts.Program, root: string): Surface {
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    Object.entries(entries).map(([entry, file]) => {
      const source = program.getSourceFile(join(root, file));
      const module = source && checker.getSymbolAtLocation(source);
      const symbols = module ? checker.getExportsOfModule(module) : [];
      const named = symbols.map((symbol) => [symbol.name, signatures(checker, symbol)] as const);
      return [entry, Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))];
    }),
  );
}

export function emitSurface(surface: Surface): string {
  return `${JSON.stringify(surface, null, 2)}\n`;
}

export function parseSurface(text: string): Surface {
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new Error(`${surfaceFile} is not a surface: write it with \`npm run surface\``);
  return value as unknown as Surface;
}

/** Returns the names and members that `after` no longer has, one line each, except those that the changesets name. */
export function unannounced(before: Surface, after: Surface, changesets: readonly string[]): string[] {
  const announced = changesets.join("\n");
  const isAnnounced = (name: string): boolean => new RegExp(`\`${name}[\`.(<]`).test(announced);
  return Object.entries(before).flatMap(([entry, names]) =>
    Object.entries(names).flatMap(([name, lines]) => {
      if (isAnnounced(name)) return [];
      const now = after[entry]?.[name];
      if (now === undefined) return [`${entry}: ${name} was removed`];
      return lines
        .filter((line) => !now.includes(line))
        .map((line) => `${entry}: ${name} no longer has \`${line}\``);
    }),
  );
}

const printer = ts.createPrinter({ removeComments: true });

/** Returns the signatures of a symbol, one line for each member, as the source writes them, in a stable order. */
function signatures(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const lines = (target.declarations ?? []).flatMap((node) => linesOf(checker, node));
  return [...new Set(lines)].sort();
}

function linesOf(checker: ts.TypeChecker, node: ts.Declaration): string[] {
  if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
    const heritage = (node.heritageClauses ?? []).map((clause) => print(clause).trim());
    const members: readonly (ts.ClassElement | ts.TypeElement)[] = [...node.members];
    return [[kindOf(node) + parametersOf(node), ...heritage].join(" "), ...members.flatMap(memberLine)];
  }
  if (ts.isTypeAliasDeclaration(node)) return aliasLines(checker, node);
  if (ts.isFunctionDeclaration(node)) return [`function${signatureOf(node)}`];
  if (ts.isVariableDeclaration(node)) return [`const: ${typeOf(node)}`];
  return [ts.SyntaxKind[node.kind]];
}

function kindOf(node: ts.Declaration): string {
  if (ts.isInterfaceDeclaration(node)) return "interface";
  const flags = ts.getCombinedModifierFlags(node);
  return flags & ts.ModifierFlags.Abstract ? "abstract class" : "class";
}

/** Returns the signatures of a type alias; an alias of a schema is expanded to its members. */
function aliasLines(checker: ts.TypeChecker, node: ts.TypeAliasDeclaration): string[] {
  const text = `type${parametersOf(node)}: ${print(node.type)}`;
  if (!ts.isIndexedAccessTypeNode(node.type)) return [text];
  const type = checker.getTypeFromTypeNode(node.type);
  const members = type.isUnion()
    ? []
    : checker.getPropertiesOfType(type).flatMap(({ declarations }) => declarations ?? []);
  const known = members.filter((member) => ts.isPropertySignature(member));
  return known.length > 0 ? ["type", ...known.flatMap(memberLine)] : [text];
}

function memberLine(member: ts.ClassElement | ts.TypeElement): string[] {
  const flags = ts.getCombinedModifierFlags(member);
  const isHidden = flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
  if (isHidden || (member.name && ts.isPrivateIdentifier(member.name))) return [];
  const lead = flags & ts.ModifierFlags.Static ? "static " : "";
  const name = member.name ? print(member.name) : "";
  const mark =
    ts.isPropertySignature(member) || ts.isMethodSignature(member) || ts.isPropertyDeclaration(member)
      ? member.questionToken
        ? "?"
        : ""
      : "";
  if (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member))
    return [`${lead}${name}${mark}: ${typeOf(member)}`];
  if (ts.isConstructorDeclaration(member)) return [`new${signatureOf(member)}`];
  if (ts.isGetAccessor(member)) return [`${lead}get ${name}${signatureOf(member)}`];
  if (ts.isFunctionLike(member)) return [`${lead}${name}${mark}${signatureOf(member)}`];
  return [];
}

/** Returns the written type; without one, `typeof` the initializer. */
function typeOf(
  node: ts.PropertySignature | ts.PropertyDeclaration | ts.ParameterDeclaration | ts.VariableDeclaration,
): string {
  if (node.type) return print(node.type);
  const initializer = ts.isPropertySignature(node) ? undefined : node.initializer;
  return initializer ? `typeof ${print(initializer)}` : "unknown";
}

function signatureOf(node: ts.SignatureDeclaration): string {
  const parameters = node.parameters.map((parameter) => {
    const isOptional = parameter.questionToken ?? parameter.initializer;
    const rest = parameter.dotDotDotToken ? "..." : "";
    // A destructured parameter has no name that is visible to a caller.
    const name = ts.isIdentifier(parameter.name) ? parameter.name.text : "input";
    return `${rest}${name}${isOptional ? "?" : ""}: ${typeOf(parameter)}`;
  });
  const result = node.type ? `: ${print(node.type)}` : "";
  return `${parametersOf(node)}(${parameters.join(", ")})${result}`;
}

function parametersOf(node: {
  readonly typeParameters?: ts.NodeArray<ts.TypeParameterDeclaration> | undefined;
}): string {
  return node.typeParameters ? `<${node.typeParameters.map(print).join(", ")}>` : "";
}

function print(node: ts.Node): string {
  return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replaceAll(/\s+/g, " ");
}

/** A block `export type { … } from "file"` in the text of a module. */
function blockOf(
  text: string,
  file: string,
): { readonly whole: string; readonly names: string[] } | undefined {
  const match = new RegExp(
    `export type \\{([^}]*)\\} from "${file.replaceAll(/[.*+?^$\\]/g, "\\$&")}";`,
  ).exec(text);
  if (!match) return undefined;
  return {
    whole: match[0],
    names: (match[1] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  };
}

/** The linter's order (A, a, B, b, and numbers by their size): the entry must pass it without manual changes. */
function compareNames(a: string, b: string): number {
  const left: readonly string[] = a.match(/\d+|\D/g) ?? [];
  const right: readonly string[] = b.match(/\d+|\D/g) ?? [];
  const index = left.findIndex((part, at) => part !== right[at]);
  if (index < 0) return left.length - right.length;
  return rank(left[index]) - rank(right[index]);
}

function rank(part: string | undefined): number {
  if (part === undefined) return -2;
  const small = part.toLowerCase();
  // Every digit comes before every letter.
  return /\d/.test(part) ? -1 / (Number(part) + 1) : 2 * small.charCodeAt(0) + (part === small ? 1 : 0);
}

/** Returns the types that a generated module exports. */
function typeNames(source: string): string[] {
  return [...source.matchAll(/^export (?:type|interface) (\w+)/gm)].map((match) => match[1] ?? "");
}

/**
 * Updates one block of re-exports in the public entry: removes types that are no longer generated, adds new ones.
 * Types that the entry omitted before stay omitted, and a name that the entry already uses is not added.
 */
export function syncExports(entry: string, file: string, before: string, after: string): string {
  const block = blockOf(entry, file);
  if (!block) return entry;
  const old = typeNames(before);
  const now = typeNames(after);
  const rest = entry.replace(block.whole, "");
  const come = now.filter((name) => !old.includes(name) && !new RegExp(`\\b${name}\\b`).test(rest));
  const kept = block.names.filter((name) => now.includes(name));
  if (kept.length === block.names.length && come.every((name) => kept.includes(name))) return entry;
  const names = [...new Set([...kept, ...come])].sort(compareNames);
  if (names.length === 0) return rest;
  const flat = `export type { ${names.join(", ")} } from "${file}";`;
  const long = `export type {\n${names.map((name) => `  ${name},\n`).join("")}} from "${file}";`;
  return entry.replace(block.whole, flat.length <= 110 ? flat : long);
}
