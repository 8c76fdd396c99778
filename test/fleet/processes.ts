import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Told } from "./sandbox.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The sandbox's process, as its parent sees it. */
export class SandboxProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(seed: number): Promise<{ sandbox: SandboxProcess; baseUrl: string; apiKey: string }> {
    const child = spawn(process.execPath, ["--import", "tsx", at("sandbox.ts"), String(seed)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const told = await next(child);
    if (told.kind !== "open") throw new Error("the sandbox did not open");
    return { sandbox: new SandboxProcess(child), baseUrl: told.baseUrl, apiKey: told.apiKey };
  }

  async state(): Promise<Extract<Told, { kind: "state" }>> {
    const answer = next(this.#child);
    this.#child.send("state");
    const told = await answer;
    if (told.kind !== "state") throw new Error("the sandbox did not tell its state");
    return told;
  }

  kill(): Promise<void> {
    return end(this.#child);
  }
}

async function next(child: ChildProcess): Promise<Told> {
  const [told] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error("the sandbox ended"))),
  ])) as [Told];
  return told;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Worker processes, each replaced when it is killed. */
export class Workers {
  kills = 0;
  readonly #env: NodeJS.ProcessEnv;
  #running: Promise<ChildProcess>[];

  constructor(count: number, env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, ...env };
    this.#running = Array.from({ length: count }, () => this.#start());
  }

  /** Ends one by SIGKILL, whatever it is at, and starts another. */
  async killOne(index: number): Promise<void> {
    const place = index % this.#running.length;
    const victim = await this.#running[place];
    if (victim === undefined) return;
    const gone = end(victim);
    this.kills += 1;
    this.#running[place] = this.#start();
    await gone;
  }

  async killAll(): Promise<void> {
    const all = await Promise.allSettled(this.#running);
    this.#running = [];
    await Promise.all(all.map((one) => one.status === "fulfilled" && end(one.value)));
  }

  /** Resolves when it is at work. */
  async #start(): Promise<ChildProcess> {
    const program = at("../../examples/fleet/worker.ts");
    const child = spawn(process.execPath, ["--import", "tsx", program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: this.#env,
    });
    for await (const chunk of child.stdout) if (String(chunk).includes("ready")) break;
    return child;
  }
}
