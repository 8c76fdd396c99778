import type { BumpResult } from "./bump.ts";
import type { RatedChange } from "./change.ts";

/** One line for each change, what breaks first. */
export function listChanges(changes: readonly RatedChange[]): string[] {
  return changes.map(({ impact, sentence }) => `- ${impact}: ${sentence}`);
}

/** The summary of a bump: readable in a terminal, and Markdown for a pull request. */
export function summarise({ versions, bump, changes, written, notes, problems }: BumpResult): string {
  if (written.length === 0) return "The description is the one we have: nothing to do.";
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
      "For a person to decide",
      notes.map((note) => `- ${note}`),
    ),
    ...section(
      "Handwritten code that no longer compiles",
      problems.map((problem) => `- ${problem}`),
    ),
  ].join("\n");
}
