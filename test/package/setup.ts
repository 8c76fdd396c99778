import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { download, downloads, selectionOf } from "../runtimes/programs.ts";
import { hasTools, installTools } from "./toolbox.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** What a user has after `npm install heidi-health-sdk`: two empty projects, one of each module format. */
export interface Installed {
  readonly tarball: string;
  readonly esm: string;
  readonly cjs: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly installed: Installed;
  }
}

async function pack(folder: string): Promise<string> {
  if (!existsSync(join(root, "dist/index.mjs")))
    throw new Error("dist/ is missing: run `npm run build` first");
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: root,
  });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  return join(folder, packed.filename);
}

async function createProject(folder: string, type: "module" | "commonjs", tarball: string): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type }));
  await run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball], {
    cwd: folder,
    timeout: 800_000,
  });
  // What every TypeScript project for Node has besides; the compiler itself is run from here.
  await mkdir(join(folder, "node_modules/@types"));
  await symlink(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  // The optional peer of one entry, which every program with OpenTelemetry has.
  await mkdir(join(folder, "node_modules/@opentelemetry"));
  await symlink(
    join(root, "node_modules/@opentelemetry/api"),
    join(folder, "node_modules/@opentelemetry/api"),
  );
  return folder;
}

/** Adds the optional peer of `heidi mcp`. Only one project has it: in the other one the command finds no peer. */
async function addMcpPeer(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules/@modelcontextprotocol"));
  await symlink(
    join(root, "node_modules/@modelcontextprotocol/sdk"),
    join(folder, "node_modules/@modelcontextprotocol/sdk"),
  );
}

/** The first TypeScript block of the README, as its reader would paste it into a file. */
async function readmeExample(): Promise<string> {
  const code = /```ts\n([\s\S]*?)```/.exec(await readFile(join(root, "README.md"), "utf8"))?.[1];
  if (code === undefined) throw new Error("the README has no example");
  return code;
}

/** Something that begins like an MP3 file. */
const recording = Buffer.concat([Buffer.from("ID3\u0004"), Buffer.alloc(64 * 1024)]);

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "heidi-package-"));
  const tarball = await pack(folder);
  const esm = await createProject(join(folder, "esm"), "module", tarball);
  const cjs = await createProject(join(folder, "cjs"), "commonjs", tarball);
  for (const consumer of [esm, cjs]) {
    await cp(join(root, "test/package/consumer"), consumer, { recursive: true });
    await writeFile(join(consumer, "visit.mp3"), recording);
  }
  await writeFile(join(esm, "readme.ts"), await readmeExample());
  await addMcpPeer(esm);
  // Once, before any file: several of them want the tools.
  if (hasTools) await installTools();
  await download(
    selectionOf(process.env),
    downloads.filter(({ folder: name }) => name === "node24"),
  );
  project.provide("installed", { tarball, esm, cjs });
  return () => rm(folder, { recursive: true, force: true });
}
