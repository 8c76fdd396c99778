import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NextVersion } from "./cells.ts";
import { downloaded } from "./programs.ts";

const run = promisify(execFile);
const source = fileURLToPath(new URL("cells/next", import.meta.url));

/** An application that Next has built. */
export interface NextApplication {
  readonly folder: string;
  /** Next's own command. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
}

const built = new Map<NextVersion, Promise<NextApplication>>();

/** Builds the application once for all of its cells, with the installed package in it. */
export function buildNext(version: NextVersion, installed: string): Promise<NextApplication> {
  const known = built.get(version) ?? build(version, installed);
  built.set(version, known);
  return known;
}

/** A folder beside Next's node_modules, where it finds Next itself, with the installed package in it. */
async function createProject(version: NextVersion, name: string, installed: string): Promise<string> {
  const folder = join(downloaded(version), `${name}-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const dependency of ["heidi-health-sdk", "openapi-fetch", "openapi-typescript-helpers", "undici"]) {
    const path = join("node_modules", dependency);
    await cp(join(installed, path), join(folder, path), { recursive: true });
  }
  return folder;
}

/** The process's environment, and what the application's configuration reads. */
async function environmentOf(version: NextVersion): Promise<NodeJS.ProcessEnv> {
  const manifest = join(downloaded(version), "node_modules/next/package.json");
  const { version: exact } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  return {
    ...process.env,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    NEXT_MAJOR: exact.replace(/\..*/, ""),
  };
}

async function build(version: NextVersion, installed: string): Promise<NextApplication> {
  const folder = await createProject(version, "application", installed);
  await cp(source, folder, { recursive: true });
  for (const part of ["scenarios.mjs", "uploads.mjs", "world.mjs"])
    await cp(join(installed, part), join(folder, part));
  const environment = await environmentOf(version);
  const script = join(downloaded(version), "node_modules/next/dist/bin/next");
  try {
    await run(process.execPath, [script, "build"], { cwd: folder, env: environment, timeout: 300_000 });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: unknown; stderr?: unknown };
    throw new Error(`next build failed:\n${stdout}${stderr}`);
  }
  return { folder, script, environment };
}

/** Removes what was built. */
export async function removeBuilds(): Promise<void> {
  for (const application of built.values()) {
    const { folder } = await application.catch(() => ({ folder: undefined }));
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Looks for answers that Next keeps; gives what the search printed last. */
export async function findKeptAnswers(version: NextVersion, installed: string): Promise<string> {
  const folder = await createProject(version, "cache", installed);
  await cp(join(source, "next.config.mjs"), join(folder, "next.config.mjs"));
  const script = fileURLToPath(new URL("next/run.mjs", import.meta.url));
  try {
    const env = await environmentOf(version);
    const { stdout } = await run(process.execPath, [script, folder], { env, timeout: 400_000 });
    return stdout.trim();
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
