import {
  type Context,
  DeclarationReflection,
  type Models,
  ReferenceType,
  ReflectionKind,
  Type,
} from "typedoc";
import type ts from "typescript";

/** The generated aliases, with the fields of their types, and the ways to recognise a type elsewhere. */
interface NamedTypes {
  readonly types: ReadonlySet<Type>;
  readonly bySymbol: ReadonlyMap<ts.Symbol, DeclarationReflection>;
  /** Intersections have no symbol; their text is unique. */
  readonly byText: ReadonlyMap<string, DeclarationReflection>;
}

const isGenerated = (symbol: ts.Symbol | undefined): boolean =>
  /\/generated\/\w+\.ts$/.test(symbol?.declarations?.[0]?.getSourceFile().fileName ?? "");

function namedTypes(context: Context, checker: ts.TypeChecker): NamedTypes {
  const types = new Set<Type>();
  const bySymbol = new Map<ts.Symbol, DeclarationReflection>();
  const byText = new Map<string, DeclarationReflection>();
  for (const alias of context.project.getReflectionsByKind(ReflectionKind.TypeAlias)) {
    const symbol = context.getSymbolFromReflection(alias);
    if (symbol === undefined || !isGenerated(symbol) || !(alias instanceof DeclarationReflection)) continue;
    const declared = checker.getDeclaredTypeOfSymbol(symbol);
    if (!declared.isIntersection() && !isGenerated(declared.symbol)) continue;
    const { parent } = alias;
    const module = parent === undefined || parent === context.project ? context : context.withScope(parent);
    alias.type = context.converter.convertType(module.withScope(alias), declared);
    types.add(alias.type);
    if (declared.isIntersection()) byText.set(String(alias.type), alias);
    else if (!bySymbol.has(declared.symbol)) bySymbol.set(declared.symbol, alias);
  }
  return { types, bySymbol, byText };
}

/** Replaces types in a tree of types; `replace` returns undefined to keep a type and look into it. */
function replaceTypes(owner: object, replace: (type: Type) => Type | undefined): void {
  const visit = (item: unknown): unknown => {
    if (!(item instanceof Type)) return item;
    const other = replace(item);
    if (other === undefined) replaceTypes(item, replace);
    return other ?? item;
  };
  for (const [key, value] of Object.entries(owner)) {
    if (value instanceof Type) Reflect.set(owner, key, visit(value));
    else if (Array.isArray(value) && value.some((item) => item instanceof Type))
      Reflect.set(owner, key, value.map(visit));
  }
}

/**
 * Shows `Session` as a type with fields on its own page, and as a link elsewhere. The generated aliases, such as
 * `components["schemas"]["Session"]`, have no name of their own for the compiler, so TypeDoc writes the whole object into
 * each signature that uses one, and no field on the page of the alias.
 */
export function nameSchemaTypes(context: Context): void {
  const { project } = context;
  const [program] = context.programs;
  if (program === undefined) return;
  context.setActiveProgram(program);
  const named = namedTypes(context, program.getTypeChecker());
  const copies: DeclarationReflection[] = [];
  const aliasOf = (type: Type): DeclarationReflection | undefined => {
    if (named.types.has(type)) return undefined;
    if (type.type === "intersection") return named.byText.get(String(type));
    if (type.type !== "reflection") return undefined;
    const { declaration } = type as Models.ReflectionType;
    const symbol = context.getSymbolFromReflection(declaration);
    const alias = symbol && named.bySymbol.get(symbol);
    if (alias !== undefined) copies.push(declaration);
    return alias;
  };
  for (const reflection of Object.values(project.reflections)) {
    replaceTypes(reflection, (type) => {
      const alias = aliasOf(type);
      return alias && ReferenceType.createResolvedReference(alias.name, alias, project);
    });
  }
  for (const copy of copies) project.removeReflection(copy);
}
