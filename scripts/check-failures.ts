/** Says which rows of test/failures.md have no test; with `--write` it fills the tests in first. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { fillMap, problemsOf } from "./failures/map.ts";
import { type FoundTest, testsOf } from "./failures/titles.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const MAP = "test/failures.md";

function readTests(): FoundTest[] {
  return readdirSync(`${root}/test`, { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("test", name.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".test.ts") && !path.startsWith("test/fixtures/"))
    .sort()
    .flatMap((path) => testsOf(path, readFileSync(`${root}/${path}`, "utf8")));
}

/** Everything that is wrong with the map; with `write` it is brought up to date first. */
export function checkFailures(write: boolean): string[] {
  const tests = readTests();
  const before = readFileSync(`${root}/${MAP}`, "utf8");
  const after = fillMap(before, tests);
  if (write && after !== before) writeFileSync(`${root}/${MAP}`, after);
  const stale = !write && after !== before;
  const advice = `${MAP} is not up to date: run \`npx tsx scripts/check-failures.ts --write\`.`;
  return [...problemsOf(after, tests), ...(stale ? [advice] : [])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkFailures(process.argv.includes("--write"));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
