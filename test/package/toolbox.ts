import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Compilers, bundlers and test runners, of which `npm ci` of the project brings none. */
const folder = fileURLToPath(new URL("../environments", import.meta.url));
const modules = join(folder, "node_modules");

/** Where a tool's file is. */
export const tool = (path: string): string => join(modules, path);

/** True where the tools are there, or RUNTIMES asks for them. */
export const hasTools: boolean = existsSync(modules) || (process.env["RUNTIMES"] ?? "") !== "";

/** Brings the tools, exactly as locked, unless they are there. */
export async function installTools(): Promise<string> {
  if (!existsSync(modules)) {
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    await promisify(execFile)("npm", ["ci", ...options], { cwd: folder, timeout: 600_000 });
  }
  return modules;
}
