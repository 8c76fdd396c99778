import { readFileSync } from "node:fs";
import * as sdk from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import * as sandbox from "heidi-health-sdk/sandbox";
import ts from "typescript";

/** A section of the page with recipes, and its one sample as it is printed. */
export interface Recipe {
  readonly title: string;
  readonly code: string;
}

const PAGE = new URL("../../../docs/recipes.md", import.meta.url);
const MODULES: Readonly<Record<string, unknown>> = {
  "heidi-health-sdk": sdk,
  "heidi-health-sdk/node": node,
  "heidi-health-sdk/sandbox": sandbox,
};

/** The recipes of the page, in its order. */
export function readRecipes(): Recipe[] {
  const [, ...sections] = readFileSync(PAGE, "utf8").split(/^## /m);
  return sections.map((section) => {
    const samples = [...section.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
    const title = section.slice(0, section.indexOf("\n"));
    if (samples.length !== 1) throw new Error(`"${title}" has ${samples.length} samples instead of one`);
    return { title, code: samples.join("") };
  });
}

/** Runs a sample as the module of a program that has these names already. */
export async function run(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const load = (name: string): unknown => MODULES[name] ?? unknown(name);
  // The page imports a name where it first uses it; later samples have it from there.
  const given = { ...sdk, ...names, require: load, exports: {} };
  // In a block of its own, so that a sample may declare a name that is given.
  const program = new Function(...Object.keys(given), `return (async () => {\n${outputText}\n})();`);
  await program(...Object.values(given));
}

const unknown = (name: string): never => {
  throw new Error(`the sample imports ${name}`);
};
