import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledFile, projectRoot } from "../../scripts/spec/effective.ts";
import { Clone, type Ended } from "./clone.ts";
import type { Row } from "./next.ts";
import { breaking } from "./rows-breaking.ts";
import { compatible } from "./rows-compatible.ts";

const rows: readonly Row[] = [...compatible.map((row) => ({ ...row, follows: false })), ...breaking];
/** `BUMP=full` takes every row of the rule table; else one that needs no manual change and one that does. */
const isFull = process.env["BUMP"] === "full";
const WALK_THROUGH = "an operation, a type and a response enum value added";
const SHORT = [WALK_THROUGH, "an operation removed"];
const chosen = isFull ? rows : rows.filter(({ what }) => SHORT.includes(what));
const PREVIOUS = "previous/check.ts";
const LIMIT_SECONDS = 60;
const WRITTEN =
  /^( M|MM|\?\?| D) (openapi\/|generated\/\w+\.ts$|src\/index\.ts$|test\/surface\.json$|\.changeset\/spec-[0-9a-f]{7}\.md$)/;

const bundled = readFileSync(join(projectRoot, bundledFile), "utf8");
let clone: Clone;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "next-"));
  clone = await Clone.create();
});
afterAll(() => {
  clone[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** The parts of what `spec:bump` prints. */
interface Summary {
  readonly title: string;
  readonly changes: readonly string[];
  readonly written: readonly string[];
  /** What a person may decide. */
  readonly notes: readonly string[];
  /** Files of handwritten code that no longer compiles. */
  readonly broken: readonly string[];
  /** How many more there are. */
  readonly brokenMore: number;
}

const MORE = /^and (\d+) more files?:/;

function readSummary(text: string): Summary {
  const [title = "", ...sections] = text.split("\n\n");
  const itemsOf = (name: string): string[] => {
    const items = sections[sections.indexOf(`${name}:`) + 1] ?? "";
    return sections.includes(`${name}:`)
      ? items
          .split("\n")
          .filter(Boolean)
          .map((line) => line.slice(2))
      : [];
  };
  const broken = itemsOf("Handwritten code that no longer compiles");
  return {
    title,
    changes: itemsOf("Changes"),
    written: itemsOf("Written"),
    notes: itemsOf("Needs a decision"),
    broken: broken.filter((line) => !MORE.test(line)).map((line) => line.replace(/:.*/, "")),
    brokenMore: Number(MORE.exec(broken.at(-1) ?? "")?.[1] ?? 0),
  };
}

describe.each(chosen)("a bump by $what", (row) => {
  let file: string;
  let ended: Ended;
  let summary: Summary;
  let changed: readonly string[];
  beforeAll(async () => {
    await clone.reset();
    file = join(folder, "next.yaml");
    writeFileSync(file, row.next(bundled));
    ended = await clone.run("npm", "run", "--silent", "spec:bump", "--", file);
    summary = readSummary(ended.stdout);
    changed = await clone.changed();
  });

  it("ends in time, with 0, or with 3 when handwritten code has to follow", () => {
    const isFollowed = row.follows ?? summary.broken.length > 0;
    expect([ended.code, ended.stderr]).toEqual([isFollowed ? 3 : 0, ""]);
    expect(summary.broken.length > 0).toBe(isFollowed);
    // Other load on the machine is not the bump's time.
    const share = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    expect(ended.seconds).toBeLessThan(LIMIT_SECONDS * share);
  });

  it("says what changed, and decides the version by it", () => {
    expect(summary.changes).toEqual(row.changes);
    expect(summary.title).toMatch(
      new RegExp(`: ${row.changes.length} changes?, ${row.bump ? `a ${row.bump}` : "no"} bump\\.$`),
    );
  });

  if (row.what === WALK_THROUGH)
    it("prints what CONTRIBUTING.md shows", () => {
      const guide = readFileSync(join(projectRoot, "CONTRIBUTING.md"), "utf8");
      const shown = /spec:bump -- next\.yaml\n(.*?)\n\$/s.exec(guide)?.[1];
      const written = /\nWritten:\n\n(- .*\n)+\n/;
      const versionOf = (text: string | undefined) => text?.replace(/^Heidi API \S+ ->/, "Heidi API v2 ->");
      expect(versionOf(ended.stdout.trimEnd().replace(written, "…\n"))).toBe(versionOf(shown));
    });

  it("exports and records each new type", () => {
    const [entry, surface] = ["src/index.ts", "test/surface.json"].map((name) =>
      readFileSync(join(clone.folder, name), "utf8"),
    );
    for (const [, name] of row.changes.join("\n").matchAll(/Add type `(\w+)`/g)) {
      expect(entry).toContain(`  ${name},\n`);
      expect(surface).toContain(`"${name}": [`);
    }
  });

  it("writes what follows from the description, says so, and touches nothing else", () => {
    expect(changed.filter((line) => !WRITTEN.test(line))).toEqual([]);
    expect(changed.map((line) => line.slice(3)).sort()).toEqual([...summary.written].sort());
  });

  it("has a changeset with its size and every sentence", () => {
    const [name = "", ...more] = summary.written.filter((each) => each.startsWith(".changeset/"));
    expect(more).toEqual([]);
    const text = readFileSync(join(clone.folder, name), "utf8");
    const sentences = row.changes.map((change) => change.replace(/^\w+: /, ""));
    for (const sentence of sentences) expect(text).toContain(`- ${sentence}.\n`);
    expect(text.match(/^- /gm) ?? []).toHaveLength(sentences.length);
    expect(text).toMatch(
      row.bump ? new RegExp(`^---\n"heidi-health-sdk": ${row.bump}\n---\n`) : /^---\n---\n/,
    );
  });

  it("leaves nothing for generate and for the linter to do", async () => {
    const check = await clone.run("npm", "run", "--silent", "generate", "--", "--check");
    expect([check.code, check.stdout]).toEqual([0, "Generated files match the spec.\n"]);
    const lint = await clone.run("npx", "biome", "check", "src/index.ts");
    expect(lint.code, lint.stdout).toBe(0);
  });

  // The bump has compiled all of it itself; that the compiler says the same takes as long again.
  if (isFull)
    it("leaves nothing for the compiler to say but what it has named", async () => {
      const { stdout } = await clone.run("npm", "run", "--silent", "typecheck");
      const broken = new Set([...stdout.matchAll(/^([^\s(]+)\(\d+,/gm)].map((match) => match[1]));
      // What compiles the previous types against the new ones is the bump's own.
      const named = summary.broken.filter((path) => path !== PREVIOUS);
      expect([...broken]).toEqual(expect.arrayContaining(named));
      expect(broken.size).toBe(named.length + summary.brokenMore);
    });

  if (row.methods.length > 0 && (isFull || row.what === WALK_THROUGH))
    it("keeps the contract of what it concerns", async () => {
      const title = row.methods.map((name) => name.replace(".", "\\.")).join("|");
      const config = ["--config", "test/vitest.config.ts", "--project", "contract"];
      const report = ["--reporter=json", "test/contract/operations.test.ts", "-t", `'(${title})' answers`];
      const { stdout, stderr } = await clone.run("npx", "vitest", "run", ...config, ...report);
      expect(stdout, stderr).toContain("{");
      const { numPassedTests, testResults } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Report;
      const results = testResults.flatMap(({ assertionResults }) => assertionResults);
      const failed = results.filter(({ status }) => status === "failed");
      expect(failed.map(({ fullName, failureMessages }) => [fullName, ...failureMessages])).toEqual([]);
      // Four servers, each given everything and only what is required.
      expect(numPassedTests).toBe(row.methods.length * 8);
    });

  it("has nothing left to do the second time", async () => {
    const before = await clone.git("stash", "create");
    const again = await clone.run("npm", "run", "--silent", "spec:bump", "--", file);
    expect(again).toMatchObject({ code: 0, stdout: "The API description is up to date: nothing to do.\n" });
    expect(await clone.changed()).toEqual(changed);
    const after = await clone.git("stash", "create");
    expect(await clone.git("diff", "--stat", before.trim(), after.trim())).toBe("");
  });
});

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[];
}

interface Result {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}
