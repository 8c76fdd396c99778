import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.ts";
import { env, isInstalled } from "./program.ts";

/** True where the `nginx` command is installed. */
export const hasNginx: boolean = isInstalled("nginx");

export interface NginxOptions {
  /** The port of this machine that requests are passed on to. */
  readonly upstreamPort: number;
  /** Lines for the `server` block. */
  readonly directives?: readonly string[];
  /** True: as nginx does by default, HTTP/1.0 without kept connections to the upstream. */
  readonly defaultUpstream?: boolean;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A request as nginx answered it. */
export interface Access {
  readonly method: string;
  readonly status: number;
}

/** An nginx of this test's own: its configuration, logs and temporary files are in a folder that goes with it. */
export class Nginx {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  /** Also when the tests' process ends before their clean-up. */
  readonly #end = (): void => void this.#child.kill("SIGKILL");

  constructor(child: ChildProcess, folder: string, url: string) {
    process.once("exit", this.#end);
    this.#child = child;
    this.#folder = folder;
    this.url = url;
  }

  /** What it answered so far, in order. */
  accesses(): Access[] {
    const lines = readFileSync(join(this.#folder, "access.log"), "utf8").trim().split("\n").filter(Boolean);
    return lines.map((line) => {
      const [method = "", status] = line.split(" ");
      return { method, status: Number(status) };
    });
  }

  async close(): Promise<void> {
    process.off("exit", this.#end);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts nginx before that upstream and waits until it listens. Close it at the end of the test. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "heidi-nginx-"));
  mkdirSync(join(folder, "tmp"));
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(options, port));
  if (options.tls !== undefined) {
    writeFileSync(join(folder, "key.pem"), options.tls.key);
    writeFileSync(join(folder, "cert.pem"), options.tls.cert);
  }
  const args = ["-p", folder, "-c", "nginx.conf", "-e", "error.log"];
  const child = spawn("nginx", args, { env, stdio: "ignore" });
  const nginx = new Nginx(child, folder, `${options.tls ? "https" : "http"}://127.0.0.1:${port}`);
  await listening(child, folder);
  return nginx;
}

async function listening(child: ChildProcess, folder: string): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (child.exitCode !== null) break;
    try {
      // Written after the ports are bound.
      if (readFileSync(join(folder, "nginx.pid"), "utf8") !== "") return;
    } catch {
      // Not there yet.
    }
    await sleep(10);
  }
  child.kill("SIGKILL");
  throw new Error(`nginx did not start: ${readFileSync(join(folder, "error.log"), "utf8")}`);
}

function configuration(
  { upstreamPort, directives = [], defaultUpstream, tls }: NginxOptions,
  port: number,
): string {
  const listen = `listen 127.0.0.1:${port}${tls ? " ssl" : ""};`;
  const certificate = tls ? ["ssl_certificate cert.pem;", "ssl_certificate_key key.pem;"] : [];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const upstream = defaultUpstream ? [] : ["proxy_http_version 1.1;", 'proxy_set_header connection "";'];
  return `daemon off;
master_process off;
pid nginx.pid;
events { worker_connections 256; }
http {
  log_format short '$request_method $status';
  access_log access.log short;
  ${temporary.map((name) => `${name}_temp_path tmp/${name};`).join("\n  ")}
  upstream api { server 127.0.0.1:${upstreamPort}; keepalive 8; }
  server {
    ${[listen, ...certificate, ...directives].join("\n    ")}
    location / {
      proxy_pass http://api;
      ${upstream.join("\n      ")}
    }
  }
}
`;
}
