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
