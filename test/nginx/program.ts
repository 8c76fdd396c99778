import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { delimiter } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

// Distributions put servers where only an administrator's PATH looks.
export const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter),
};

/** True where the command is installed: it prints its version. */
export function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ["-v"], { env, stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface ProgramOptions {
  /** The port on which it will listen. */
  readonly port: number;
  /** Its files; removed with it. */
  readonly folder: string;
  /** What ends it. Default `SIGKILL`. */
  readonly signal?: NodeJS.Signals;
}

/** Starts a server and waits until it listens. Returns its end, which also runs when the tests' process exits before. */
export async function startProgram(
  command: string,
  args: readonly string[],
  { port, folder, signal = "SIGKILL" }: ProgramOptions,
): Promise<() => Promise<void>> {
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const close = async (): Promise<void> => {
    process.off("exit", kill);
    await end(child, signal);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 2_000 && child.exitCode === null; tries += 1) {
    if (await listensOn(port)) return close;
    await sleep(10);
  }
  await close();
  throw new Error(`${command} did not start: ${output}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function listensOn(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  const isOpen = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}
