import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Clone } from "../bump/clone.ts";
import { hasTools, installTools } from "../package/toolbox.ts";
import { type Manager, managers } from "./managers.ts";
import { Registry } from "./registry.ts";

const exec = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const SENTENCE = "A sentence of the rehearsal, which changesets put into the changelog.";
const STEPS = [
  "token",
  "patient profile",
  "session",
  "context document",
  "audio",
  "transcript",
  "templates",
  "consult note",
  "document",
  "clinical codes",
  "ask Heidi",
  "sessions",
];

/** The version that the package in a folder has. */
async function versionIn(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { version: string };
  return version;
}

describe.skipIf(!hasTools)("a release (needs RUNTIMES)", () => {
  let folder: string;
  let registry: Registry;
  let clone: Clone;
  let first: string;
  let second: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "heidi-release-"));
    await installTools();
    registry = await Registry.start(join(folder, "registry"));
    for (const name of ["openapi-fetch", "undici"]) await registry.publishInstalled(name);
    first = await versionIn(root);
    await registry.publish(root, root, "--ignore-scripts");

    clone = await Clone.create();
    const changeset = `---\n"heidi-health-sdk": patch\n---\n\n${SENTENCE}\n`;
    await writeFile(join(clone.folder, ".changeset/rehearsal.md"), changeset);
    const { code, stderr } = await clone.run("npm", "run", "--silent", "version");
    expect(stderr.split("\n").filter((line) => /error/i.test(line))).toEqual([]);
    expect(code).toBe(0);
    second = await versionIn(clone.folder);
    // Builds, as in the release workflow: the clone has no dist/ yet.
    await registry.publish(clone.folder, clone.folder);

    await build({
      entryPoints: [join(root, "examples/quickstart.ts")],
      outfile: join(folder, "quickstart.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      external: ["heidi-health-sdk", "heidi-health-sdk/*"],
      // cli-progress is CommonJS.
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    });
  });
  afterAll(async () => {
    clone?.[Symbol.dispose]();
    await registry?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it("has the next version and one entry for it in the changelog, of which no changeset is left", async () => {
    expect(second.localeCompare(first, "en", { numeric: true })).toBe(1);
    const changelog = await readFile(join(clone.folder, "CHANGELOG.md"), "utf8");
    const [title, entry = ""] = changelog.split(/^(?=## )/m);
    expect(title).toBe("# heidi-health-sdk\n\n");
    expect(entry).toMatch(new RegExp(`^## ${second.replaceAll(".", "\\.")}\n`));
    expect(entry.split(SENTENCE)).toHaveLength(2);
    expect((await clone.changed()).filter((line) => line.startsWith("??"))).toEqual([]);
    expect(await clone.git("ls-files", "--deleted", "--", "package.json", "CHANGELOG.md")).toBe("");
  });

  describe.concurrent.each(managers.map((manager) => [manager.name, manager] as const))(
    "installed by %s",
    (_, manager) => {
      it.skipIf(manager.program === undefined)(
        `runs a whole consult, and again after the upgrade (needs RUNTIMES, ${manager.name})`,
        async () => {
          const project = await createProject(manager);
          await project.run(manager.install(first));
          await expect(project.consult()).resolves.toEqual(STEPS);
          expect(await project.run([...manager.heidi, "--version"])).toMatch(new RegExp(`^${first}$`, "m"));
          await project.run(manager.upgrade);
          await expect(project.consult()).resolves.toEqual(STEPS);
          expect(await project.run([...manager.heidi, "--version"])).toMatch(new RegExp(`^${second}$`, "m"));
        },
      );
    },
  );

  interface Project {
    readonly run: (args: readonly string[]) => Promise<string>;
    /** Runs the quickstart; returns its steps that succeeded. */
    readonly consult: () => Promise<string[]>;
  }

  /** An empty project of a package manager that knows no registry but ours. */
  async function createProject(manager: Manager): Promise<Project> {
    const cwd = join(folder, manager.name);
    await mkdir(cwd);
    await writeFile(
      join(cwd, "package.json"),
      JSON.stringify({ name: "consumer", private: true, type: "module" }),
    );
    // Without a file of its own, Yarn looks for the project in the folders above.
    if (manager.name === "yarn") await writeFile(join(cwd, "yarn.lock"), "");
    await cp(join(folder, "quickstart.mjs"), join(cwd, "quickstart.mjs"));
    await cp(join(root, "examples/audio/gp-consult.ogg"), join(cwd, "audio/gp-consult.ogg"));
    const env = { ...registry.environment, ...manager.environment(folder, registry.url) };
    const [file = "", ...before] = manager.program ?? [];
    const run = async (args: readonly string[]): Promise<string> => {
      const { stdout } = await exec(file, [...before, ...args], { cwd, env, maxBuffer: 2 ** 24 });
      return stdout;
    };
    return {
      run,
      consult: async () => {
        const output = await run(manager.run("quickstart.mjs"));
        return [...output.matchAll(/^✓ (.{16}) /gm)].map(([, step = ""]) => step.trim());
      },
    };
  }
});
