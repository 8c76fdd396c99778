/** Checks that docs/errors.md matches the messages and the comments of the error classes; `--write` updates it. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CAUSES, type Cause, HINTS, PROXY_CAUSES } from "../src/http/error-messages.ts";
import { errorSections } from "./site/error-classes.ts";

const PAGE = fileURLToPath(new URL("../docs/errors.md", import.meta.url));

/** Formats a code; a pattern becomes its prefix. */
const codeOf = (code: string | RegExp): string =>
  typeof code === "string"
    ? `\`${code}\``
    : `\`${code.source.replace(/^\^/, "").replace(/_?\(\?:(\w+)\|.*$/, "_$1")}…\``;

const row = (...cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n");

const causeRow = ({ codes, why, remedy }: Cause): readonly string[] => [
  codes.map(codeOf).join(", "),
  why,
  remedy,
];

const STATUSES: readonly (readonly [keyof typeof HINTS, string])[] = [
  ["key", "401 or 403 of `getJwt`"],
  ["address", "404 or 405, not in the API's own error format"],
  ["path", "the same, of `request()`"],
  ["redirect", "301, 302, 303, 307, 308"],
  [401, "401"],
  [403, "403"],
  [404, "404"],
  [413, "413"],
  [422, "422"],
  [429, "429"],
];

const PARTS: Readonly<Record<string, () => string>> = {
  connections: () => table(["message or `cause.code`", "cause", "remedy"], CAUSES.map(causeRow)),
  proxies: () =>
    table(
      ["the proxy's response to the tunnel", "cause", "remedy"],
      Object.values(PROXY_CAUSES).map(({ codes, why, remedy }: Cause) => [codes.join(", "), why, remedy]),
    ),
  answers: () =>
    table(
      ["status", "remedy in the message"],
      STATUSES.map(([key, status]) => [status, HINTS[key]]),
    ),
  classes: errorSections,
};

/** Returns the page with each part between its two marks regenerated. */
export function fillPage(page: string): string {
  return page.replace(
    /(<!-- (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${PARTS[name]?.() ?? ""}\n${end}`,
  );
}

/** Returns the problem with the page; undefined if it is up to date. */
export function checkPage(write: boolean): string | undefined {
  const before = readFileSync(PAGE, "utf8");
  const after = fillPage(before);
  if (after === before) return undefined;
  if (write) writeFileSync(PAGE, after);
  return write
    ? undefined
    : "docs/errors.md is not up to date: run `npx tsx scripts/errors-page.ts --write`.";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = checkPage(process.argv.includes("--write"));
  if (problem !== undefined) console.error(problem);
  process.exitCode = problem === undefined ? 0 : 1;
}
