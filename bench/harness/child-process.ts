import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export type Sample = Readonly<Record<string, number>>;

interface Message {
  readonly ready?: boolean;
  readonly sample?: Sample;
  readonly failure?: string;
}

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));
const ANSWER_WITHIN_MS = 300_000;

/** Disables the telemetry of SDKs; `offline.mjs` rejects every other request to another host. */
export const QUIET_ENV: Readonly<Record<string, string>> = {
  DO_NOT_TRACK: "1",
  OTEL_SDK_DISABLED: "true",
  NO_COLOR: "1",
};

export function benchPath(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return { ...env, ...QUIET_ENV };
}

/** A child process with one client or server, which handles one message at a time. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  #waiting: { resolve(message: Message): void; reject(error: Error): void } | undefined;

  private constructor(module: string, params: object, execArgv: readonly string[]) {
    this.#child = fork(CHILD, [benchPath(module), JSON.stringify(params)], {
      execArgv: ["--expose-gc", ...execArgv],
      env: environment(),
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: Message) => this.#settle(message));
    this.#child.on("exit", (code, signal) => this.#settle({ failure: `exited with ${signal ?? code}` }));
  }

  /** Resolves when the client is created; rejects with the reason when that fails. */
  static async start(
    module: string,
    params: object,
    execArgv: readonly string[] = [],
  ): Promise<MeasuredProcess> {
    const started = new MeasuredProcess(module, params, execArgv);
    await started.#next();
    return started;
  }

  async run(round: object): Promise<Sample> {
    const answer = this.#next();
    this.#child.send(round);
    const { sample } = await answer;
    if (sample === undefined) throw new Error("a process answered without a sample");
    return sample;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async #next(): Promise<Message> {
    const timer = setTimeout(() => this.#settle({ failure: "took more than 5 minutes" }), ANSWER_WITHIN_MS);
    try {
      const message = await new Promise<Message>((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
      if (message.failure !== undefined) throw new Error(message.failure);
      return message;
    } finally {
      clearTimeout(timer);
    }
  }

  #settle(message: Message): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(message);
  }
}
