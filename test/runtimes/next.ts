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

async function build(version: NextVersion, installed: string): Promise<NextApplication> {
  // Beside its node_modules, where it finds Next itself.
  const folder = join(downloaded(version), `application-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await cp(source, folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const part of ["scenarios.mjs", "uploads.mjs", "world.mjs"])
    await cp(join(installed, part), join(folder, part));
  await mkdir(join(folder, "node_modules"));
  for (const name of ["heidi-health-sdk", "openapi-fetch", "openapi-typescript-helpers", "undici"])
    await cp(join(installed, "node_modules", name), join(folder, "node_modules", name), { recursive: true });
  const next = join(downloaded(version), "node_modules/next");
  const { version: exact } = JSON.parse(await readFile(join(next, "package.json"), "utf8")) as {
    version: string;
  };
  const environment = {
    ...process.env,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    NEXT_MAJOR: exact.replace(/\..*/, ""),
  };
  const script = join(next, "dist/bin/next");
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
