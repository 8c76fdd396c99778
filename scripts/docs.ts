/** `npm run docs`: builds the site of the documentation into `.site/`; fails on a warning or a broken link. */
import { fileURLToPath } from "node:url";
import { buildSite } from "./site/build.ts";

const out = fileURLToPath(new URL("../.site", import.meta.url));
const problems = await buildSite(process.argv[2] ?? out);
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log("The site is in .site/: open .site/index.html.");
process.exitCode = problems.length === 0 ? 0 : 1;
