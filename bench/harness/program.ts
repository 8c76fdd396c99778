import { spawn } from "node:child_process";
import { QUIET_ENV } from "./child-process.ts";
import type { Context, Entry, Role } from "./metric.ts";

export interface Program {
  readonly client: string;
  readonly role: Role;
  readonly args: readonly string[];
}

export interface Finished {
  readonly wallMs: number;
  readonly stdout: string;
}

/** Runs a Node program until it exits. Rejects with its first error line. */
export async function runNode(args: readonly string[]): Promise<Finished> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const startedMs = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...env, ...QUIET_ENV },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) {
    const message = stderr.split("\n").find((line) => /Error/.test(line)) ?? stderr.split("\n")[0];
    throw new Error(message?.slice(0, 160) || `exited with ${code}`);
  }
  return { wallMs: performance.now() - startedMs, stdout };
}

/** Runs each program once per round, one after the other; `pick` returns the figure of a run. */
export async function runInTurn(
  context: Context,
  programs: readonly Program[],
  pick: (finished: Finished) => number,
): Promise<readonly Entry[]> {
  const tracks = programs
    .filter(({ role }) => context.peers || role !== "peer")
    .map((program) => ({ ...program, samples: [] as number[], failure: undefined as string | undefined }));
  for (let round = 0; round <= context.rounds; round++) {
    for (const track of tracks) {
      if (track.failure !== undefined) continue;
      try {
        const sample = pick(await runNode(track.args));
        if (round > 0) track.samples.push(sample); // the first run reads the files from the disk
      } catch (error) {
        track.failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return tracks;
}
