import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changesetFile, emitChangeset } from "../../../scripts/bump/changeset.ts";
import { otherChanges } from "../../../scripts/bump/redocly.ts";
import { classifyAll } from "../../../scripts/bump/rules.ts";
import { syncExports } from "../../../scripts/bump/surface.ts";
import { replaceFiles } from "../../../scripts/emit/files.ts";

describe("the changeset of a bump", () => {
  it("is named after the description, and says what breaks first", () => {
    expect(changesetFile("openapi: 3.1.0\n")).toMatch(/^\.changeset\/spec-[0-9a-f]{7}\.md$/);
    expect(changesetFile("a")).not.toBe(changesetFile("b"));
    const changes = classifyAll([
      { kind: "operation-added", subject: "clinicalCoding.listSystems" },
      { kind: "request-required", subject: "documents.generate", part: "template_id" },
    ]);
    expect(emitChangeset("minor", changes)).toBe(`---
"heidi-health-sdk": minor
---

Follow a new version of Heidi's API description.

Breaking:

- \`template_id\` is now required on \`documents.generate\`.

Also:

- Add \`clinicalCoding.listSystems\`.
`);
  });
  it("asks for no version where no user-visible changes, and is there all the same", () => {
    expect(emitChangeset(undefined, [])).toBe(
      "---\n---\n\nFollow a new version of Heidi's API description: no user-visible changes.\n",
    );
  });
});

describe("the public entry", () => {
  const entry =
    'export type {\n  A,\n  B,\n} from "../generated/types.ts";\nexport { Heidi } from "./heidi.ts";\n';
  const types = (...names: string[]) => names.map((name) => `export type ${name} = string;\n`).join("");
  const sync = (before: string, after: string) => syncExports(entry, "../generated/types.ts", before, after);

  it("loses a type that is no longer generated and gets one that is new", () => {
    expect(sync(types("A", "B"), types("B", "C"))).toBe(
      'export type { B, C } from "../generated/types.ts";\nexport { Heidi } from "./heidi.ts";\n',
    );
  });
  it("keeps out what was kept out before, and a name that it uses already", () => {
    expect(sync(types("A", "B", "Inner"), types("A", "B", "Inner", "Heidi"))).toBe(entry);
  });
  it("has its names in the linter's order, capitals and small letters alike and numbers by their size", () => {
    expect(
      sync(
        types("A", "B"),
        types("Upload", "UploadSession", "A", "UploadedAudio", "Part10", "Part9", "Aa", "AB"),
      ),
    ).toBe(
      'export type { A, Aa, AB, Part9, Part10, Upload, UploadedAudio, UploadSession } from "../generated/types.ts";\nexport { Heidi } from "./heidi.ts";\n',
    );
  });
  it("is left alone while no name comes or goes", () => {
    expect(sync(types("A", "B"), types("B", "A"))).toBe(entry);
  });
  it("is left alone where it has no such block", () => {
    expect(syncExports(entry, "../generated/client.ts", "", types("A"))).toBe(entry);
  });
});

describe("files that are replaced together", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "replace-"));
    writeFileSync(join(root, "a"), "old a");
    writeFileSync(join(root, "b"), "old b");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const text = (file: string) => readFileSync(join(root, file), "utf8");

  it("are written, added and removed, and only those that differ are named", () => {
    const files = new Map([
      ["a", "new a"],
      ["b", undefined],
      ["c/d", "new d"],
    ]);
    expect(replaceFiles(root, files)).toEqual(["a", "b", "c/d"]);
    expect([text("a"), text("c/d"), readdirSync(root).sort()]).toEqual(["new a", "new d", ["a", "c"]]);
    expect(replaceFiles(root, files)).toEqual([]);
  });

  it("are all as they were when one of them cannot be replaced", () => {
    mkdirSync(join(root, "z"));
    writeFileSync(join(root, "z/file"), "");
    // A folder that is not empty stands where a file should.
    expect(() =>
      replaceFiles(
        root,
        new Map([
          ["a", "new a"],
          ["b", undefined],
          ["z", "new z"],
        ]),
      ),
    ).toThrow();
    expect([text("a"), text("b"), readdirSync(root).sort()]).toEqual(["old a", "old b", ["a", "b", "z"]]);
  });

  it("are all as they were when one of them cannot even be written beside its place", () => {
    writeFileSync(join(root, "file"), "");
    expect(() =>
      replaceFiles(
        root,
        new Map([
          ["a", "new a"],
          ["file/below", "x"],
        ]),
      ),
    ).toThrow();
    expect([text("a"), readdirSync(root).sort()]).toEqual(["old a", ["a", "b", "file"]]);
  });
});

describe("what redocly finds", () => {
  const verdict = (ruleId: string, message: string, impact = "major") => ({
    verdicts: [{ ruleId, message, impact }],
  });

  it("counts where our comparison does not look", () => {
    const report = [
      verdict("security-scheme-changed", "`name` of security scheme `key` changed from 'A' to 'B'."),
      { ...verdict("security-scheme-changed", "`bearerFormat` changed."), property: "bearerFormat" },
      verdict("enum-values-added", "Enum of `status` gained values: 'QUEUED'."),
      verdict("response-header-removed", "Header gone.", "patch"),
    ];
    expect(otherChanges(report, [])).toEqual([
      { kind: "other-breaking", subject: "`name` of security scheme `key` changed from 'A' to 'B'" },
    ]);
  });

  it("does not count twice", () => {
    const report = [verdict("security-requirement-changed", "Security changed.")];
    expect(otherChanges(report, [{ kind: "authorisation-changed", subject: "plans.get" }])).toEqual([]);
    expect(otherChanges(report, [])).toHaveLength(1);
  });
});
