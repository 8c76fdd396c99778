import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { freePort } from "../free-port.ts";
import { tool } from "../package/toolbox.ts";
import { until } from "../until.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A registry on this machine, Verdaccio, without an uplink: it has what a test publishes to it and nothing else. */
export class Registry implements AsyncDisposable {
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly url: string;

  private constructor(folder: string, server: ChildProcess, url: string) {
    this.#folder = folder;
    this.#server = server;
    this.url = url;
  }

  /** Starts it with all of its files in a folder. */
  static async start(folder: string): Promise<Registry> {
    await mkdir(folder);
    const config = join(folder, "config.yaml");
    const access = { access: "$all", publish: "$authenticated" };
    await writeFile(
      config,
      stringify({
        storage: join(folder, "storage"),
        auth: { htpasswd: { file: join(folder, "htpasswd") } },
        uplinks: {},
        packages: { "@*/*": access, "**": access },
        web: { enable: false },
        log: { type: "stdout", level: "warn" },
      }),
    );
    const host = `127.0.0.1:${await freePort()}`;
    const server = spawn(
      process.execPath,
      [tool("verdaccio/bin/verdaccio"), "--config", config, "--listen", host],
      {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let complaints = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      complaints += chunk.toString();
    });
    const url = `http://${host}/`;
    await until(async () => {
      if (server.exitCode !== null) throw new Error(`Verdaccio ended: ${complaints}`);
      return fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    const registry = new Registry(folder, server, url);
    await registry.#logIn(host);
    return registry;
  }

  /** Creates the account that publishes; npm reads its token from the settings. */
  async #logIn(host: string): Promise<void> {
    const name = "release";
    const response = await fetch(`${this.url}-/user/org.couchdb.user:${name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password: "a-password-of-a-test" }),
    });
    const { token } = (await response.json()) as { token: string };
    const settings = [`registry=${this.url}`, `//${host}/:_authToken=${token}`, "update-notifier=false", ""];
    await writeFile(join(this.#folder, ".npmrc"), settings.join("\n"));
  }

  /** What npm needs to use this registry, and no other settings of this machine. */
  get environment(): Readonly<Record<string, string>> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: this.#folder,
      npm_config_userconfig: join(this.#folder, ".npmrc"),
      npm_config_registry: this.url,
    };
  }

  /** Publishes a folder, or a tarball. */
  async publish(source: string, cwd: string, ...options: readonly string[]): Promise<void> {
    await run("npm", ["publish", source, "--access", "public", ...options], { cwd, env: this.environment });
  }

  /** Publishes an installed package and all that it depends on. */
  async publishInstalled(name: string): Promise<void> {
    const folder = join(root, "node_modules", name);
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    for (const dependency of Object.keys(manifest.dependencies ?? {}))
      await this.publishInstalled(dependency);
    await this.publish(folder, this.#folder, "--ignore-scripts");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return;
    this.#server.kill();
    await once(this.#server, "exit");
  }
}
