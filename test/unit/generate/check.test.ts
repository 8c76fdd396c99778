import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runGenerate } from "../../../scripts/emit/generate.ts";
import { bundledFile, projectRoot } from "../../../scripts/spec/effective.ts";

describe("generate --check", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "generate-"));
    for (const folder of ["openapi", "generated"])
      cpSync(join(projectRoot, folder), join(root, folder), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function run(...flags: string[]): Promise<{ code: number; output: string }> {
    const lines: string[] = [];
    const code = await runGenerate(flags, (line) => lines.push(line), root);
    return { code, output: lines.join("\n") };
  }
  const edit = (file: string, change: (text: string) => string): void => {
    writeFileSync(join(root, file), change(readFileSync(join(root, file), "utf8")));
  };

  it("passes on what is committed", async () => {
    expect(await run("--check")).toEqual({ code: 0, output: "Generated files match the spec." });
  });

  it("shows the first lines that differ in an edited file, and writes nothing", async () => {
    edit("generated/operations.ts", (text) => text.replace('retry: "costly"', 'retry: "safe"'));
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toMatch(
      /^generated\/operations\.ts differs from line \d+:\n {2}- {3}retry: "safe",\n {2}\+ {3}retry: "costly",\n\nRun `npm run generate`/,
    );
    expect((await run("--check")).code).toBe(1);
  });

  it("finds a missing file, and one that nothing generates", async () => {
    rmSync(join(root, "generated/types.ts"));
    writeFileSync(join(root, "generated/left-over.ts"), "");
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toContain("generated/types.ts is missing.");
    expect(output).toContain("generated/left-over.ts is no longer generated: delete it.");
  });

  it("finds an input that is not the one of the lock, even where nothing else changes", async () => {
    edit(bundledFile, (text) => `${text}\n# one more line\n`);
    const { code, output } = await run("--check");
    expect(code).toBe(1);
    expect(output).toMatch(
      /^openapi\/spec\.lock\.json differs from line \d+:\n {2}- .*heidi\.openapi\.yaml": "sha256:/,
    );
  });

  it("is repaired by generate, which then has nothing left to do", async () => {
    edit("openapi/overlays/10-names.overlay.yaml", (text) =>
      text.replace("x-sdk-name: templates.list", "x-sdk-name: templates.all"),
    );
    expect(await run()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Wrote generated\/types\.ts, .*spec\.lock\.json\.$/),
    });
    expect(readFileSync(join(root, "generated/client.ts"), "utf8")).toContain(
      "all: (options) => caller.call(op.listTemplates, {}, options)",
    );
    expect((await run("--check")).code).toBe(0);
    expect(await run()).toEqual({ code: 0, output: "Generated files are up to date." });
  });

  it("says in one line what a person has to change in the spec", async () => {
    edit("openapi/overlays/10-names.overlay.yaml", (text) =>
      text.replace("$.paths['/jwt'].get", "$.paths['/token'].get"),
    );
    expect(await run("--check")).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^openapi\/overlays\/10-names\.overlay\.yaml:\d+: action 1 \(".*"\) matches nothing at .*$/,
      ),
    });
  });

  it("refuses an option that it does not know", async () => {
    expect(await run("--chek")).toEqual({
      code: 2,
      output: expect.stringContaining("Unknown option --chek"),
    });
  });
});
