import { createHash } from "node:crypto";
import type { ClassifiedChange, Impact } from "./rules.ts";

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
export function emitChangeset(bump: Impact | undefined, changes: readonly ClassifiedChange[]): string {
  const breaking = changes.filter(({ impact }) => impact === "major");
  const rest = changes.filter(({ impact }) => impact !== "major");
  const list = (some: readonly ClassifiedChange[]): string =>
    some.map(({ sentence }) => `- ${sentence}.\n`).join("");
  const parts = [
    ...(breaking.length > 0 ? [`Breaking:\n\n${list(breaking)}`] : []),
    ...(rest.length > 0 ? [breaking.length > 0 ? `Also:\n\n${list(rest)}` : list(rest)] : []),
  ];
  if (bump === undefined)
    return "---\n---\n\nFollow a new version of Heidi's API description: nothing differs that a user could notice.\n";
  return `---\n"${PACKAGE}": ${bump}\n---\n\nFollow a new version of Heidi's API description.\n\n${parts.join("\n")}`;
}

const DESCRIBED = /^(openapi|generated)\//;
const CHANGESET = /^\.changeset\/(?!README)[^/]+\.md$/;

/** One line of `git diff --name-status`. */
export interface ChangedFile {
  readonly status: string;
  readonly file: string;
}

export function parseNameStatus(text: string): ChangedFile[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [status = "", ...files] = line.split("\t");
      // A rename names both; it is at its new place that a file counts.
      return { status, file: files.at(-1) ?? "" };
    });
}

/** What a change to the description lacks: undefined when it has a changeset, or does not need one. */
export function missingChangeset(changed: readonly ChangedFile[]): string | undefined {
  const described = changed.find(({ file }) => DESCRIBED.test(file));
  const hasChangeset = changed.some(({ status, file }) => status !== "D" && CHANGESET.test(file));
  if (!described || hasChangeset) return undefined;
  return `${described.file} changed and no changeset says so: run \`npm run spec:bump\`, or \`npm run changeset\` for a change of our own`;
}
