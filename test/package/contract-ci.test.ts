import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Finished } from "./tools.ts";

const { tarball } = inject("installed");
const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join("src", "visit-note.js");
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-contract-ci-"));
  const isInstalled = /node_modules|\.tgz$|package-lock/;
  await cp(join(root, "examples/contract-ci"), folder, {
    recursive: true,
    filter: (path) => !isInstalled.test(path.slice(root.length)),
  });
  await cp(tarball, join(folder, "heidi-health-sdk.tgz"));
  const quietly = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"];
  await run("npm", ["install", ...quietly], { cwd: folder, timeout: 800_000 });
  // The test runner is this project's own, so that nothing more is downloaded.
  await symlink(join(root, "node_modules/vitest"), join(folder, "node_modules/vitest"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The project's own command, as its build runs it. */
async function script(name: string): Promise<Finished> {
  const PATH = [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const env = { PATH, HOME: folder };
  try {
    const { stdout, stderr } = await run("npm", ["run", "--silent", name], {
      cwd: folder,
      env,
      timeout: 800_000,
    });
    return { code: 0, stdout, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : 1, stdout, output: stdout + stderr };
  }
}

const runners: Readonly<Record<string, () => Promise<Finished>>> = {
  vitest: () => script("test:vitest"),
  "node:test": () => script("test:node"),
};

/** Mistakes that an integration can make; each has to fail its build. */
const mistakes: readonly (readonly [string, find: string, replace: string])[] = [
  ["forgets which appointment it is", "{ ehr_appointment_id: appointmentId }", "{}"],
  ["takes half a note for a whole one", "complete: false", "complete: true"],
  ["asks for the note of another session", ".generate(sessionId,", '.generate("0",'],
];

describe.each(Object.entries(runners))("the example project, under %s", (_runner, build) => {
  it("passes on a clean clone with the packed tarball", async () => {
    const { code, output } = await build();
    expect(output).toMatch(/pass/);
    expect(code, output).toBe(0);
  });

  it.each(mistakes)("fails its build when the integration %s", async (_, find, replace) => {
    const file = join(folder, source);
    const text = await readFile(file, "utf8");
    expect(text).toContain(find);
    await writeFile(file, text.replace(find, replace));
    try {
      const { code, output } = await build();
      expect(code).not.toBe(0);
      // Tests that failed, not a command that was not found.
      expect(output).toMatch(/# fail [1-9]|ℹ fail [1-9]|[1-9]\d* failed/);
    } finally {
      await writeFile(file, text);
    }
  });
});
