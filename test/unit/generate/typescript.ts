import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const parsed = new Map<string, ts.SourceFile>();

/** What the compiler has to say about generated files, as if they stood in `generated/`, and about `use` beside them. */
export function diagnose(files: ReadonlyMap<string, string>, use: string): string[] {
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const own = new Map([...files, ["use.ts", use]].map(([name, text]) => [`${root}generated/${name}`, text]));
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) => {
    const text = own.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, target);
    const source = parsed.get(file) ?? readSource(file, target);
    if (source) parsed.set(file, source);
    return source;
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (file) => own.has(file) || exists(file);
  const program = ts.createProgram([...own.keys()], { ...options }, host);
  return [...own.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ file: where, start, messageText }) => {
      const line = where ? where.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
      return `${file.slice(root.length)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}
