/** `npm run spec:pull -- <file or https URL>` copies a description into `openapi/`; the only script that uses the network. */

import { pull, readDescription } from "./bump/description.ts";
import { projectRoot } from "./spec/effective.ts";
import { runCommand } from "./spec/problem.ts";

const [source, ...more] = process.argv.slice(2);
process.exitCode = await runCommand(async () => {
  if (source === undefined || source.startsWith("-") || more.length > 0) {
    console.error("Usage: npm run spec:pull -- <file or https URL>");
    return 2;
  }
  const written = await pull(projectRoot, source, await readDescription(source));
  console.log(
    written.length === 0
      ? "The API description is up to date: nothing to do."
      : `Wrote ${written.join(", ")}. Now: npm run generate`,
  );
  return 0;
});
