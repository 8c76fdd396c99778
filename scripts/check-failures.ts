/** Reports the rows of test/failures.md that have no test; `--write` updates the lists of tests first. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { type FoundTest, testsOf } from "./test-titles.ts";

const ROWS = { A: 40, B: 48, C: 10, D: 17, E: 28, F: 15, G: 10, H: 10, I: 11, R: 56 } as const;

/** The ids of all rows: A1 to I11, and R1 to R56 of the field reports. */
export const rowIds: readonly string[] = Object.entries(ROWS).flatMap(([group, count]) =>
  Array.from({ length: count }, (_, index) => `${group}${index + 1}`),
);

const HEADING = /^### ([A-IR]\d+)\b/;
/** Marks a row that cannot be tested here; the reason follows. It is written manually. */
const WAIVED = /^No test: ./m;

/** Returns the map with the list of tests under every row updated; manually written text stays. */
export function fillMap(markdown: string, tests: readonly FoundTest[]): string {
  const blocks = markdown.split(/^(?=#{2,3} )/m).map((block) => {
    const id = HEADING.exec(block)?.[1];
    if (id === undefined) return block;
    const byHand = block
      .split("\n")
      .filter((line) => !line.startsWith("- "))
      .join("\n")
      .trimEnd();
    const lines = tests.filter(({ ids }) => ids.includes(id)).map(describeTest);
    return `${[byHand, [...new Set(lines)].join("\n")].filter(Boolean).join("\n\n")}\n\n`;
  });
  return `${blocks.join("").trimEnd()}\n`;
}

const describeTest = ({ file, title }: FoundTest): string =>
  `- \`${file.replace(/^test\//, "")}\` ${title.replaceAll(/ ?\[[A-IR]\d+[^\]]*\]/g, "").replaceAll(/\s+/g, " ")}`;

/** Returns the problems of the map: rows without a test that runs, missing rows, unknown ids in test titles. */
export function problemsOf(markdown: string, tests: readonly FoundTest[]): string[] {
  const problems: string[] = [];
  for (const id of rowIds) {
    const block = markdown.split(/^(?=#{2,3} )/m).find((one) => HEADING.exec(one)?.[1] === id);
    if (block === undefined) {
      problems.push(`${id} is not in the map.`);
      continue;
    }
    const own = tests.filter(({ ids }) => ids.includes(id));
    if (own.some(({ skipped }) => skipped !== "always")) continue;
    if (own.length > 0) problems.push(`${id}: all of its tests are skipped.`);
    else if (!WAIVED.test(block)) problems.push(`${id} has no test.`);
  }
  for (const { file, title, ids, skipped } of tests) {
    for (const id of ids.filter((one) => !rowIds.includes(one))) {
      problems.push(`${file}: "${title}" names ${id}, which is not a row of the map.`);
    }
    if (ids.length > 0 && skipped === "conditionally" && !title.includes("(needs ")) {
      problems.push(`${file}: "${title}" may be skipped, and its title does not say "(needs …)".`);
    }
  }
  return problems;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const MAP = "test/failures.md";

function readTests(): FoundTest[] {
  return readdirSync(`${root}/test`, { recursive: true, encoding: "utf8" })
    .map((name) => posix.join("test", name.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".test.ts") && !path.startsWith("test/fixtures/"))
    .sort()
    .flatMap((path) => testsOf(path, readFileSync(`${root}/${path}`, "utf8")));
}

/** Returns all problems of the map; with `write`, updates it first. */
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
