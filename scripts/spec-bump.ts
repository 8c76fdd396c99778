/** `npm run spec:bump -- <file or https url>`: pull, compare, generate, changeset, compile; prints what happened. */
import { bump } from "./bump/bump.ts";
import { readDescription } from "./bump/description.ts";
import { summarise } from "./bump/summary.ts";
import { projectRoot } from "./spec/effective.ts";
import { runCommand } from "./spec/problem.ts";

const [source, ...more] = process.argv.slice(2);
process.exitCode = await runCommand(async () => {
  if (source === undefined || source.startsWith("-") || more.length > 0) {
    console.error("Usage: npm run spec:bump -- <file or https url>");
    return 2;
  }
  const result = await bump(projectRoot, source, await readDescription(source));
  console.log(summarise(result));
  // Written all the same: a person goes on from here.
  return result.problems.length > 0 ? 3 : 0;
});
