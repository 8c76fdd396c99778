import { loadSpec, projectRoot } from "../spec/effective.ts";
import { findDrift, writeFiles } from "../spec/files.ts";
import { SpecError } from "../spec/problem.ts";
import type { Spec } from "../spec/spec.ts";
import { generate } from "./all.ts";
import { emitLock } from "./lock.ts";

/** Every generated file of the project in `root` by its path, the lock included. */
export async function generateFiles(root: string, spec: Spec = loadSpec(root)): Promise<Map<string, string>> {
  const files = new Map([...(await generate(spec))].map(([name, text]) => [`generated/${name}`, text]));
  return files.set("openapi/spec.lock.json", emitLock(root, spec.document));
}

/** The `generate` command: prints what it did and returns the exit code. */
export async function runGenerate(
  flags: readonly string[],
  print: (line: string) => void,
  root: string = projectRoot,
): Promise<number> {
  const unknown = flags.find((flag) => flag !== "--check");
  if (unknown !== undefined) {
    print(`Unknown option ${unknown}. Usage: npm run generate [-- --check]`);
    return 2;
  }
  try {
    const files = await generateFiles(root);
    return flags.length === 0 ? write(root, files, print) : check(root, files, print);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    print(error.message);
    return 1;
  }
}

function write(root: string, files: ReadonlyMap<string, string>, print: (line: string) => void): number {
  const changed = writeFiles(root, files);
  print(changed.length === 0 ? "Generated files are up to date." : `Wrote ${changed.join(", ")}.`);
  return 0;
}

function check(root: string, files: ReadonlyMap<string, string>, print: (line: string) => void): number {
  const drift = findDrift(root, files);
  print(
    drift.length === 0
      ? "Generated files match the spec."
      : `${drift.join("\n\n")}\n\nRun \`npm run generate\` and commit the result.`,
  );
  return drift.length === 0 ? 0 : 1;
}
