import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Builds the package if necessary, and copies the files that a user installs to a separate folder, so that another build
 * during the run does not change the measured files. The copy finds its dependencies in the checkout's `node_modules`.
 */
export async function preparePackage(tmpDir: string, rebuild: boolean): Promise<string> {
  if (rebuild || !existsSync(join(ROOT, "dist", "index.mjs"))) {
    const { status, stderr } = spawnSync("npm", ["run", "--silent", "build"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the build failed: ${stderr}`);
  }
  const packageDir = join(tmpDir, "heidi-health-sdk");
  await rm(packageDir, { recursive: true, force: true });
  await mkdir(packageDir, { recursive: true });
  for (const name of ["dist", "package.json"])
    await cp(join(ROOT, name), join(packageDir, name), { recursive: true });
  return packageDir;
}
