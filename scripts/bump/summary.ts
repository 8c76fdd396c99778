import type { BumpResult } from "./bump.ts";
import type { ClassifiedChange } from "./rules.ts";

/** Returns one line for each change, breaking changes first. */
export function listChanges(changes: readonly ClassifiedChange[]): string[] {
  return changes.map(({ impact, sentence }) => `- ${impact}: ${sentence}`);
}

/** Returns the summary of a bump: readable in a terminal, and Markdown for a pull request. */
export function summarise({ versions, bump, changes, written, notes, problems }: BumpResult): string {
  if (written.length === 0) return "The API description is up to date: nothing to do.";
  const size = bump ? `a ${bump} bump` : "no bump";
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", `${title}:`, "", ...lines];
  return [
    `Heidi API ${versions.from} -> ${versions.to}: ${changes.length} ${changes.length === 1 ? "change" : "changes"}, ${size}.`,
    ...section("Changes", listChanges(changes)),
    ...section(
      "Written",
      written.map((file) => `- ${file}`),
    ),
    ...section(
      "Needs a decision",
      notes.map((note) => `- ${note}`),
    ),
    ...section("Handwritten code that no longer compiles", groupByFile(problems)),
  ].join("\n");
}

const SHOWN = 20;

/** Returns one line for each file with its first problem; shipped code comes before tests. */
function groupByFile(problems: readonly string[]): string[] {
  const files = new Map<string, string[]>();
  for (const problem of problems) {
    const file = problem.slice(0, problem.indexOf(":"));
    files.set(file, [...(files.get(file) ?? []), problem]);
  }
  const isShipped = (file: string): number => (/^(src|examples|previous)\//.test(file) ? 0 : 1);
  const lines = [...files]
    .sort(([a], [b]) => isShipped(a) - isShipped(b) || (a < b ? -1 : 1))
    .map(
      ([, [first = "", ...more]]) => `- ${first}${more.length > 0 ? ` (and ${more.length} more there)` : ""}`,
    );
  const more = lines.length - SHOWN;
  return more > 0
    ? [
        ...lines.slice(0, SHOWN),
        `- and ${more} more ${more === 1 ? "file" : "files"}: \`npm run typecheck\` shows all`,
      ]
    : lines;
}
