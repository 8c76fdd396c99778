import { join } from "node:path";
import ts from "typescript";

const parsed = new Map<string, { readonly text: string; readonly source: ts.SourceFile }>();

/** Creates a program for the project in `root`, with some files replaced, added or (undefined) removed. */
export function createProgram(
  root: string,
  files: ReadonlyMap<string, string | undefined>,
  roots?: readonly string[],
): ts.Program {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const own = new Map([...files].map(([file, text]) => [join(root, file), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => (own.has(file) ? own.get(file) !== undefined : fileExists(file));
  // The compiler searches only existing folders; the folder of an added file may not exist.
  host.directoryExists = (folder) =>
    ts.sys.directoryExists(folder) || [...own.keys()].some((file) => file.startsWith(`${folder}/`));
  host.readFile = (file) => (own.has(file) ? own.get(file) : readFile(file));
  host.getSourceFile = (file, target) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : parseOnce(file, text, target);
  };
  const importers = recordImports(host, options, root);
  const added = [...own.keys()].filter((file) => /\.ts$/.test(file) && own.get(file) !== undefined);
  const kept = fileNames.filter((file) => !own.has(file));
  const names = roots ? roots.map((file) => join(root, file)) : [...kept, ...added];
  const program = ts.createProgram(names, options, host);
  importersOf.set(program, importers);
  return program;
}

/** The importers of each file, per program created here. */
const importersOf = new WeakMap<ts.Program, ReadonlyMap<string, ReadonlySet<string>>>();

/** Records the importers of each file while the compiler resolves modules. */
function recordImports(
  host: ts.CompilerHost,
  options: ts.CompilerOptions,
  root: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, Set<string>>();
  const cache = ts.createModuleResolutionCache(root, host.getCanonicalFileName, options);
  host.resolveModuleNameLiterals = (literals, importer, redirect, _options, source) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(source, literal, options);
      const found = ts.resolveModuleName(literal.text, importer, options, host, cache, redirect, mode);
      const file = found.resolvedModule?.resolvedFileName;
      if (file !== undefined) importers.set(file, (importers.get(file) ?? new Set()).add(importer));
      return found;
    });
  return importers;
}

/** Returns the given files and all their direct and indirect importers: no other file can be affected. */
export function dependents(program: ts.Program, root: string, files: Iterable<string>): ReadonlySet<string> {
  const importers = importersOf.get(program);
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const importer of importers?.get(file) ?? []) visit(importer);
  };
  for (const file of files) visit(join(root, file));
  return new Set([...found].map((file) => relative(root, file)));
}

/** Parses the same text once for all programs. */
function parseOnce(
  file: string,
  text: string,
  target: ts.ScriptTarget | ts.CreateSourceFileOptions,
): ts.SourceFile {
  const known = parsed.get(file);
  if (known?.text === text) return known.source;
  const source = ts.createSourceFile(file, text, target);
  parsed.set(file, { text, source });
  return source;
}

/** Returns `file:line: message` for each error of the files that `isConcerned` accepts, all of them by default. */
export function problemsOf(
  program: ts.Program,
  root: string,
  isConcerned: (file: string) => boolean = () => true,
): string[] {
  const sources = program
    .getSourceFiles()
    .filter(({ fileName }) => !fileName.includes("/node_modules/") && isConcerned(relative(root, fileName)));
  return sources.flatMap((source) => {
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
      ...program.getDeclarationDiagnostics(source),
    ];
    return found.map((each) => {
      const line = source.getLineAndCharacterOfPosition(each.start ?? 0).line + 1;
      const [message] = ts.flattenDiagnosticMessageText(each.messageText, "\n").split("\n");
      return `${relative(root, source.fileName)}:${line}: ${message}`;
    });
  });
}

function relative(root: string, file: string): string {
  const folder = root.endsWith("/") ? root : `${root}/`;
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}
