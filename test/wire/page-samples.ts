import { readFileSync } from "node:fs";
import ts from "typescript";

/** The samples of a page of the documentation, in its order. */
export function samplesOf(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
}

/**
 * Runs a sample as the module of a program that has these names and modules already, and returns what it exports and its
 * `app`.
 */
export async function runSample<T>(
  code: string | undefined,
  names: Readonly<Record<string, unknown>>,
  modules: Readonly<Record<string, unknown>>,
): Promise<T> {
  const { outputText } = ts.transpileModule(`${code}\n`, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  const load = (name: string): unknown => {
    if (!(name in modules)) throw new Error(`the sample imports ${name}`);
    return modules[name];
  };
  const given: Record<string, unknown> = { ...names, require: load, exports: {} };
  const end = "return { ...exports, app: typeof app === 'undefined' ? undefined : app };";
  const program = new Function(...Object.keys(given), `return (async () => {\n${outputText}\n${end} })();`);
  return (await program(...Object.values(given))) as T;
}
