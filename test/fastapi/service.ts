import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const NEEDED = "import fastapi, uvicorn, multipart, jwt; from pydantic import BaseSettings";

/** A Python that has Debian's python3-fastapi, python3-uvicorn, python3-multipart and python3-jwt. */
const python: string | undefined = ["python3", "/usr/bin/python3"].find(
  (program) => spawnSync(program, ["-c", NEEDED], { stdio: "ignore" }).status === 0,
);

/** True where the service can be started. */
export const hasFastApi: boolean = python !== undefined;

/** The dialect of requests and answers. */
export type Dialect = "spec" | "documented";

/** What a service can be told; `app/settings.py` reads it from the environment. */
export interface ServiceOptions {
  readonly dialect: Dialect;
  /** How streams are framed. Default `ndjson`. */
  readonly framing?: "ndjson" | "sse";
  /** How the documented dialect lists context documents. Default `array`. */
  readonly contextList?: "array" | "envelope";
  readonly tokenLifetimeS?: number;
  readonly transcriptionMs?: number;
  readonly parsingMs?: number;
  readonly codingMs?: number;
  readonly streamDelayMs?: number;
  readonly requireLinkedAccount?: boolean;
  /** Every path ends in a slash, to which the service redirects. */
  readonly trailingSlashes?: boolean;
}

/** One part of a form: a file, or a text. */
export interface ReceivedPart {
  readonly name: string;
  readonly value?: string;
  readonly filename?: string;
  readonly content_type?: string;
  readonly size_bytes?: number;
  readonly sha256?: string;
}

/** A request as the service received it. */
export interface Received {
  readonly method: string;
  /** The path template of the route that took it; null when none did. */
  readonly path: string | null;
  /** The e-mail address of the user it was authenticated as. */
  readonly user: string | null;
  readonly content_type: string | null;
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** Names of a JSON body's fields, or of a form's parts in order. */
  readonly fields: readonly string[];
  readonly body: unknown;
  readonly parts: readonly ReceivedPart[];
  readonly status: number | null;
  /** Whether the answer was sent to its end. */
  readonly complete: boolean;
}

/** A FastAPI application in a process of its own. Stop it at the end of the test. */
export class Service {
  readonly apiKey: string = "fastapi-test-key";
  readonly origin: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** The address that a client is given. */
  get url(): string {
    return `${this.origin}/api/v2/ml-scribe/open-api`;
  }

  static async start(options: ServiceOptions): Promise<Service> {
    if (python === undefined) throw new Error("There is no Python with python3-fastapi.");
    const child = spawn(python, ["-m", "app"], {
      cwd: FOLDER,
      env: { ...process.env, ...environmentOf(options), PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors = `${errors}${chunk}`.slice(-10_000);
    });
    const lines = createInterface(child.stdout);
    const [line] = await Promise.race([
      once(lines, "line"),
      once(child, "exit").then(() => Promise.reject(new Error(`The service did not start: ${errors}`))),
    ]);
    return new Service(child, (JSON.parse(String(line)) as { port: number }).port);
  }

  /** The requests so far, in order; of one user only, when their e-mail address is given. */
  async received(user?: string): Promise<Received[]> {
    const query = user === undefined ? "" : `?user=${encodeURIComponent(user)}`;
    const response = await fetch(`${this.origin}/control/received${query}`);
    return (await response.json()) as Received[];
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

function environmentOf(options: ServiceOptions): Record<string, string> {
  const named = Object.entries(options).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    String(value),
  ]);
  return Object.fromEntries(named);
}
