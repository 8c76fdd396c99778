import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { entries } from "../../scripts/bump/surface.ts";
import { readModules, type SourceModule } from "../modules.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Code by its name. It is compiled as if it were a file of that name in a folder beside this one. */
export type Snippets = ReadonlyMap<string, string>;

const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * A user's program: the snippets against this package's sources. As strict as the project, but for what only concerns
 * the style or the build of one's own code.
 */
export function compile(snippets: Snippets): ts.Program {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root).options,
    ...{ noUnusedLocals: false, noUnusedParameters: false, noPropertyAccessFromIndexSignature: false },
    ...{
      isolatedDeclarations: false,
      declaration: false,
      isolatedModules: false,
      verbatimModuleSyntax: false,
    },
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const own = new Map([...snippets].map(([name, code]) => [pathOf(name), code]));
  const host = ts.createCompilerHost(options);
  host.fileExists = (file) => own.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => own.get(file) ?? ts.sys.readFile(file);
  // The folder of the snippets is not there, and only in folders that are is anything looked for.
  host.directoryExists = (folder) => folder === FOLDER || ts.sys.directoryExists(folder);
  host.getSourceFile = (file, target) => {
    const code = own.get(file);
    if (code !== undefined) return ts.createSourceFile(file, code, target);
    // Libraries and sources are parsed once for all programs of a test file.
    if (!parsed.has(file)) {
      const text = ts.sys.readFile(file);
      parsed.set(file, text === undefined ? undefined : ts.createSourceFile(file, text, target));
    }
    return parsed.get(file);
  };
  return ts.createProgram([...own.keys()], options, host);
}

const FOLDER = join(root, "test/types/snippets");

function pathOf(name: string): string {
  return join(FOLDER, `${name.replaceAll(/[^\w-]/g, "_")}.ts`);
}

/** `TS2322, line 3: …` for each error in a snippet. */
export function errorsIn(program: ts.Program, name: string): string[] {
  const source = program.getSourceFile(pathOf(name));
  if (source === undefined) throw new Error("no such snippet");
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    (each) => {
      const line = source.getLineAndCharacterOfPosition(each.start ?? 0).line + 1;
      return `TS${each.code}, line ${line}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
    },
  );
}

/** How much work a program's types have been so far. */
export function instantiations(program: ts.Program): number {
  return program.getInstantiationCount();
}

/** The exported names of a file that were written there. */
export function exportedNames({ ast }: SourceModule): string[] {
  return ast.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      return ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements.map(({ name }) => name.text)
        : [];
    }
    const isExported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    return isExported ? namesOf(statement) : [];
  });
}

function namesOf(statement: ts.Statement): string[] {
  const declared = ts.isVariableStatement(statement)
    ? [...statement.declarationList.declarations]
    : [statement];
  return declared.flatMap((each) =>
    "name" in each && ts.isIdentifier(each.name as ts.Node) ? [(each.name as ts.Identifier).text] : [],
  );
}

/** What users import from where: by entry, every exported name. */
export function publicNames(modules: readonly SourceModule[] = readModules("src")): Map<string, string[]> {
  return new Map(
    Object.entries(entries).map(([entry, file]) => {
      const module = modules.find(({ path }) => path === file);
      return [entry, module ? exportedNames(module) : []];
    }),
  );
}
