import { createHash } from "node:crypto";
import type { ClassifiedChange, Impact } from "./rules.ts";

const PACKAGE = "heidi-health-sdk";

/** Returns the first seven digits of the new description's SHA-256, which name the changeset. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 7);
}

export function changesetFile(text: string): string {
  return `.changeset/spec-${shortHash(text)}.md`;
}

/**
 * Returns the changeset: one sentence per line, breaking changes first under their own heading. Without a bump it
 * requests no release, but exists, because every change of the description has a changeset.
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
    return "---\n---\n\nFollow a new version of Heidi's API description: no user-visible changes.\n";
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
      // A rename lists both paths; the new one counts.
      return { status, file: files.at(-1) ?? "" };
    });
}

/** Returns a message when a change to the description has no changeset; undefined when it has one or needs none. */
export function missingChangeset(changed: readonly ChangedFile[]): string | undefined {
  const described = changed.find(({ file }) => DESCRIBED.test(file));
  const hasChangeset = changed.some(({ status, file }) => status !== "D" && CHANGESET.test(file));
  if (!described || hasChangeset) return undefined;
  return `${described.file} changed without a changeset: run \`npm run spec:bump\`, or \`npm run changeset\` for a change in this repository`;
}
