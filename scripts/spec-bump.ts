/** `npm run spec:bump -- <file or https URL>`: pulls, compares, generates, writes the changeset, compiles; prints a summary. */
import { bump } from "./bump/bump.ts";
import { readDescription } from "./bump/description.ts";
import { summarise } from "./bump/summary.ts";
import { projectRoot } from "./spec/effective.ts";
import { runCommand } from "./spec/problem.ts";

const [source, ...more] = process.argv.slice(2);
process.exitCode = await runCommand(async () => {
  if (source === undefined || source.startsWith("-") || more.length > 0) {
    console.error("Usage: npm run spec:bump -- <file or https URL>");
    return 2;
  }
  const result = await bump(projectRoot, source, await readDescription(source));
  console.log(summarise(result));
  // The files are written nevertheless: a maintainer fixes the code that does not compile.
  return result.problems.length > 0 ? 3 : 0;
});
