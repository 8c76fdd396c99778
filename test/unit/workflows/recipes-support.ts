import { readFileSync } from "node:fs";
import * as sdk from "heidi-health-sdk";
import * as node from "heidi-health-sdk/node";
import * as sandbox from "heidi-health-sdk/sandbox";
import { runSample } from "../../wire/page-samples.ts";

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

/**
 * Runs a sample as the module of a program that has these names already. The page imports a name where it first uses it;
 * later samples have it from there.
 */
export async function run(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  await runSample(code, { ...sdk, ...names }, MODULES);
}
