import { createHash } from "node:crypto";
import type { RatedChange } from "./change.ts";
import type { Impact } from "./impact.ts";

const PACKAGE = "heidi-health-sdk";

/** The first seven digits of the new description's sha256: they name the bump. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 7);
}

export function changesetFile(text: string): string {
  return `.changeset/spec-${shortHash(text)}.md`;
}

/**
 * The changeset: one sentence a line, what breaks first and called so. Without a bump it asks for no version: it is
 * there because every change of the description has one.
 */
export function emitChangeset(bump: Impact | undefined, changes: readonly RatedChange[]): string {
  const breaking = changes.filter(({ impact }) => impact === "major");
  const rest = changes.filter(({ impact }) => impact !== "major");
  const list = (some: readonly RatedChange[]): string =>
    some.map(({ sentence }) => `- ${sentence}.\n`).join("");
  const parts = [
    ...(breaking.length > 0 ? [`Breaking:\n\n${list(breaking)}`] : []),
    ...(rest.length > 0 ? [breaking.length > 0 ? `Also:\n\n${list(rest)}` : list(rest)] : []),
  ];
  if (bump === undefined)
    return "---\n---\n\nFollow a new version of Heidi's API description: nothing differs that a user could notice.\n";
  return `---\n"${PACKAGE}": ${bump}\n---\n\nFollow a new version of Heidi's API description.\n\n${parts.join("\n")}`;
}
