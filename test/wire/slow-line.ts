import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("children/slow-line.mjs", import.meta.url));

export interface SlowLineOptions {
  /** The port of this machine that it leads to. */
  readonly port: number;
  /** What a round trip takes longer. */
  readonly delayMs: number;
  /** What the first answer of each connection takes longer still. */
  readonly firstMs?: number;
}

/** A line in a process of its own. Close it at the end of the test. */
export interface SlowLine {
  readonly port: number;
  close(): void;
}

export async function openSlowLine({ port, delayMs, firstMs = 0 }: SlowLineOptions): Promise<SlowLine> {
  const args = [port, delayMs, firstMs].map(String);
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { port: Number(String(line)), close: () => void child.kill("SIGKILL") };
}
