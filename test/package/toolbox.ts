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

/** Part of a script: `bytes` of 70 kB that begin as an MP3 does, and expressions for the forms of a file made of them. */
export const RECORDING = `
const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index * 7);
bytes.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
const forms = [
  new Blob([bytes], { type: "audio/mpeg" }),
  new File([bytes], "visit.mp3", { type: "audio/mpeg" }),
  bytes,
  bytes.buffer,
  { data: new Blob([bytes]), filename: "visit.mp3" },
];
`;
