import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Command, Listening } from "./children/backend.ts";

/** A Heidi in a process of its own, whose answers end in the middle as if it had crashed. */
export class Backend {
  readonly port: number;
  readonly path: string;
  readonly apiKey: string;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, { port, path, apiKey }: Listening) {
    this.#child = child;
    this.port = port;
    this.path = path;
    this.apiKey = apiKey;
  }

  /** Replaces what it was told before. */
  async tell(command: Command): Promise<void> {
    const taken = once(this.#child, "message");
    this.#child.send(command);
    await taken;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

export async function startBackend(): Promise<Backend> {
  const program = fileURLToPath(new URL("children/backend.ts", import.meta.url));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
  const child = fork(program, {
    execArgv: ["--import", loader],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [listening] = (await once(child, "message")) as [Listening];
  return new Backend(child, listening);
}
