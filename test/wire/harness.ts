import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type {
  Answer,
  Command,
  ConnectionLog,
  RequestLog,
  Rule,
  ServerOptions,
  Totals,
} from "./server/script.ts";

export type {
  ConnectionLog,
  Data,
  RequestLog,
  Respond,
  Rule,
  ServerOptions,
  Step,
  Totals,
} from "./server/script.ts";

/** How long the server's process may take to obey. */
const COMMAND_TIMEOUT_MS = 120_000;
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx/esm")).href;
const MAIN = fileURLToPath(new URL("server/main.ts", import.meta.url));

/** Which requests of the log are meant. */
export interface RequestFilter {
  readonly method?: string;
  /** The path without its query; a `*` at the end fits any rest. */
  readonly path?: string;
  /** Only requests whose last byte has (or has not) arrived. */
  readonly complete?: boolean;
}

/** A server in its own process that misbehaves as it is told, and remembers every byte that reached it. */
export class FaultServer {
  readonly url: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #send: Send;

  constructor(child: ChildProcess, send: Send, port: number, options: ServerOptions) {
    const host = options.host ?? "127.0.0.1";
    this.#child = child;
    this.#send = send;
    this.port = port;
    this.url = `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** Replaces the rules. Without a fitting rule, `…/jwt` answers with a fresh token and everything else with `{}`. */
  async script(...rules: readonly Rule[]): Promise<void> {
    await this.#send({ name: "script", rules });
  }

  /** Lets `{ do: "gate", name }` go on, now and from now on. */
  async open(gate: string): Promise<void> {
    await this.#send({ name: "open", gate });
  }

  async log(): Promise<ConnectionLog[]> {
    return (await this.#send({ name: "log" })) as ConnectionLog[];
  }

  /** All requests in the order in which they began to arrive. */
  async requests(filter: RequestFilter = {}): Promise<RequestLog[]> {
    const all = (await this.log()).flatMap((connection) => connection.requests);
    return all.filter((request) => fits(filter, request)).sort((a, b) => a.startedAtMs - b.startedAtMs);
  }

  async totals(): Promise<Totals> {
    return (await this.#send({ name: "totals" })) as Totals;
  }

  /**
   * Resolves when the log is as wanted; rejects when it does not become so. The limit is counted in turns of 5 ms and more:
   * a busy machine stretches them, so it holds there too.
   */
  async until(wanted: (log: ConnectionLog[]) => boolean, timeoutMs = 5_000): Promise<ConnectionLog[]> {
    for (let turn = 0; ; turn += 1) {
      const log = await this.log();
      if (wanted(log)) return log;
      if (turn > timeoutMs / 5)
        throw new Error(`the fault server's log did not become as wanted in ${timeoutMs} ms`);
      await sleep(5);
    }
  }

  /** Resolves when such a request has arrived. */
  async untilRequest(filter: RequestFilter, count = 1): Promise<void> {
    await this.until(
      (log) =>
        log.flatMap((connection) => connection.requests).filter((request) => fits(filter, request)).length >=
        count,
    );
  }

  /** Forgets rules and log, and cuts what is still connected. */
  async reset(): Promise<void> {
    await this.#send({ name: "reset" });
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

type WithoutId<C> = C extends { readonly id: number } ? Omit<C, "id"> : never;
type Send = (command: WithoutId<Command>) => Promise<unknown>;

/**
 * Forks a fault server and waits until it listens. Close it at the end of the test file.
 *
 * @param via a program, with its arguments, that becomes the server's process, such as `ip netns exec name`.
 */
export async function startFaultServer(
  options: ServerOptions = {},
  via: readonly string[] = [],
): Promise<FaultServer> {
  const [program, ...args] = [...via, process.execPath];
  const child = fork(MAIN, {
    ...(program === undefined ? {} : { execPath: program }),
    execArgv: [...args, "--import", LOADER],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const send = createSender(child);
  const port = Number(await send({ name: "listen", options }));
  return new FaultServer(child, send, port, options);
}

function createSender(child: ChildProcess): Send {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  child.on("message", ({ id, value, failure }: Answer) => {
    const caller = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) caller?.resolve(value);
    else caller?.reject(new Error(failure));
  });
  child.on("exit", () => {
    for (const caller of waiting.values()) caller.reject(new Error("the fault server's process ended"));
    waiting.clear();
  });
  return (command) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      const id = lastId;
      const timer = setTimeout(
        () => reject(new Error(`the fault server did not obey "${command.name}"`)),
        COMMAND_TIMEOUT_MS,
      );
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          how(value);
        };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      child.send({ ...command, id }, (error) => {
        if (error !== null) waiting.get(id)?.reject(error);
      });
    });
}

function fits({ method, path, complete }: RequestFilter, request: RequestLog): boolean {
  if (method !== undefined && method !== request.method) return false;
  if (complete !== undefined && complete !== (request.completedAtMs !== undefined)) return false;
  if (path === undefined) return true;
  const [own = ""] = request.target.split("?");
  return path.endsWith("*") ? own.startsWith(path.slice(0, -1)) : own === path;
}
