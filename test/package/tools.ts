import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  readonly code: number;
  readonly output: string;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than the one that runs the tests. */
  readonly program?: string;
}

/** Runs Node on a script, with nothing of this process's environment that could change what it does. */
export function node(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd = root, env = {}, program = process.execPath } = options;
  const settings = {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    timeout: 800_000,
    maxBuffer: 2 ** 24,
  };
  return new Promise((resolve) => {
    execFile(program, args, settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, output: stdout + stderr });
    });
  });
}

/** The script behind a command of a development dependency. */
export function command(dependency: string, name: string): string {
  const folder = join(root, "node_modules", dependency);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    bin: string | Record<string, string>;
  };
  const script = typeof bin === "string" ? bin : bin[name];
  if (script === undefined) throw new Error(`${dependency} has no command ${name}`);
  return join(folder, script);
}
