/** `npm run spec:diff -- <old> <new> [--json]` lists the changes between two descriptions, and the version bump that they need. */
import { readFileSync } from "node:fs";
import { compareTexts } from "./bump/compare.ts";
import { readDescription } from "./bump/description.ts";
import { bumpFor, impactOf } from "./bump/rules.ts";
import { listChanges } from "./bump/summary.ts";
import { projectRoot } from "./spec/effective.ts";
import { runCommand } from "./spec/problem.ts";

const options = process.argv.slice(2);
const [before, after, ...more] = options.filter((option) => option !== "--json");
process.exitCode = await runCommand(async () => {
  if (
    before === undefined ||
    after === undefined ||
    [before, after, ...more].some((each) => each.startsWith("-")) ||
    more.length > 0
  ) {
    console.error("Usage: npm run spec:diff -- <old> <new> [--json]");
    return 2;
  }
  const [old, now] = [await readDescription(before), await readDescription(after)];
  const changes = await compareTexts({ name: before, text: old }, { name: after, text: now });
  const impact = impactOf(changes);
  const manifest: { version: string } = JSON.parse(readFileSync(`${projectRoot}package.json`, "utf8"));
  const bump = impact && bumpFor(impact, manifest.version);
  if (options.includes("--json"))
    console.log(JSON.stringify({ bump: bump ?? "none", impact: impact ?? "none", changes }, null, 2));
  else console.log([`Bump: ${bump ?? "none"}`, ...listChanges(changes)].join("\n"));
  return 0;
});
