import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface ChildOptions {
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** A program, with its arguments, that becomes the child, such as `ip netns exec name`. */
  readonly via?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript file in a process of its own, to its end or to its time limit. */
export function runChild(script: URL, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const { nodeOptions = [], env = {}, timeoutMs = 800_000, via = [] } = options;
  const { VITEST: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const node = [process.execPath, ...nodeOptions, "--import", LOADER, fileURLToPath(script), ...args];
  const [program = "", ...rest] = [...via, ...node];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: ROOT,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** What the child printed, as JSON; throws with its own words when it failed. */
export async function resultOf<T>(script: URL, args: readonly string[], options?: ChildOptions): Promise<T> {
  const { code, stdout, stderr } = await runChild(script, args, options);
  if (code !== 0 || stderr !== "") throw new Error(`the child ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
