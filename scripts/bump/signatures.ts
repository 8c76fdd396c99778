import ts from "typescript";

const printer = ts.createPrinter({ removeComments: true });

/** What a symbol promises its users, a line for each member, in the words of the source: the same in every run. */
export function signatures(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
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

/** A name for a part of the description is shown as what that part has. */
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

/** Where a type is not written, the value is, and the type follows from it. */
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
    // A destructured parameter has no name that a caller could know.
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
