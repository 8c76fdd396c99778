import { generate } from "./emit/all.ts";
import { emitLock } from "./emit/lock.ts";
import { loadSpec, projectRoot } from "./spec/effective.ts";
import { findDrift, writeFiles } from "./spec/files.ts";
import { SpecError } from "./spec/problem.ts";

/** `npm run generate` writes `generated/` and the lock; with `--check` it only says what would change. */
async function main(flags: readonly string[]): Promise<number> {
  const unknown = flags.find((flag) => flag !== "--check");
  if (unknown !== undefined) {
    console.error(`Unknown option ${unknown}. Usage: npm run generate [-- --check]`);
    return 2;
  }
  const spec = loadSpec();
  const files = new Map([...(await generate(spec))].map(([name, text]) => [`generated/${name}`, text]));
  files.set("openapi/spec.lock.json", emitLock(projectRoot, spec.document));
  if (flags.length === 0) {
    const changed = writeFiles(projectRoot, files);
    console.log(changed.length === 0 ? "Generated files are up to date." : `Wrote ${changed.join(", ")}.`);
    return 0;
  }
  const drift = findDrift(projectRoot, files);
  if (drift.length === 0) {
    console.log("Generated files match the spec.");
    return 0;
  }
  console.error(`${drift.join("\n\n")}\n\nRun \`npm run generate\` and commit the result.`);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SpecError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
