import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { chromiumArguments, FIREFOX_PREFERENCES } from "../browser-settings.ts";
import { freePort } from "../free-port.ts";
import type { BrowserName, Cell, NextVersion } from "./cells.ts";
import { buildNext } from "./next.ts";
import type { Matrix } from "./setup.ts";

/** What a scenario came to; the last of a cell says `done`. */
export interface Report {
  readonly name?: string;
  readonly error?: string;
  readonly done?: boolean;
}

/** A cell's processes. */
export interface Running {
  readonly child: ChildProcess;
  /** What it printed so far, for the one who looks why it fell silent. */
  output(): string;
}

function launch(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  // A group of its own: a browser is many processes, and ends as one.
  const child = spawn(command, args, { cwd, detached: true, env: { ...process.env, ...env } });
  let text = "";
  const note = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-8_000);
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  child.on("error", (error) => note(Buffer.from(String(error))));
  return { child, output: () => text };
}

/** Ends a cell with all of its processes. */
export function end({ child }: Running): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Opens an address in a browser, without a driver: the page reports by itself. */
async function openBrowser(
  browser: BrowserName,
  command: string,
  folder: string,
  address: string,
): Promise<Running> {
  const profile = await mkdtemp(join(folder, "profile-"));
  // Where the browsers keep what they would else leave in the user's home.
  const env = { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile };
  if (browser === "chromium") return launch(command, [...chromiumArguments(profile), address], folder, env);
  if (browser === "firefox") {
    await writeFile(join(profile, "user.js"), FIREFOX_PREFERENCES);
    return launch(command, ["--headless", "--no-remote", "--profile", profile, address], folder, env);
  }
  return launch("xvfb-run", ["-a", command, "--private", address], folder, {
    ...env,
    WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    no_proxy: "localhost,127.0.0.1",
  });
}

/** Serves a Worker of the folder, bundled into a directory of that name. */
export async function startWorkerd(
  command: string,
  folder: string,
  name: string,
): Promise<{ readonly running: Running; readonly url: string }> {
  const port = await freePort();
  const files = (await readdir(join(folder, name))).toSorted(
    // The worker is the first module; what the core loads on first use is a file of its own.
    (one, other) => Number(other === `${name}.js`) - Number(one === `${name}.js`),
  );
  const modules = files.map((file) => `(name = "${file}", esModule = embed "${name}/${file}")`);
  await writeFile(
    join(folder, `${name}.capnp`),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2025-06-01",
);
`,
  );
  return { running: launch(command, ["serve", `${name}.capnp`], folder), url: `http://127.0.0.1:${port}/` };
}

async function openWorkerd(cell: Cell, command: string, { folder, control }: Matrix): Promise<Running> {
  const { running, url } = await startWorkerd(command, folder, "workerd");
  begin(url, JSON.stringify({ cell: cell.name, control, traits: cell.traits }), running);
  return running;
}

/** Asks a server to run the table, as soon as it listens. Its answer comes at the end, and is not waited for. */
export function begin(address: string, body: string | undefined, { child }: Running): void {
  const init = body === undefined ? {} : { method: "POST", body };
  const ask = (): void => {
    fetch(address, init).catch(() => {
      if (child.exitCode === null) setTimeout(ask, 100).unref();
    });
  };
  ask();
}

async function openNext(cell: Cell, version: NextVersion, route: string, matrix: Matrix): Promise<Running> {
  const { folder, script, environment } = await buildNext(version, matrix.folder);
  const port = await freePort();
  const args = [script, "start", "--port", String(port), "--hostname", "127.0.0.1"];
  const running = launch(process.execPath, args, folder, environment);
  const { name, traits } = cell;
  const query = encodeURIComponent(JSON.stringify({ cell: name, control: matrix.control, traits }));
  begin(`http://127.0.0.1:${port}/${route}?cell=${query}`, undefined, running);
  return running;
}

function open(cell: Cell, command: string, matrix: Matrix): Running | Promise<Running> {
  const { folder, control } = matrix;
  const { name, start, traits } = cell;
  if (start.kind === "program") {
    const env = { CELL: name, CONTROL: control, TRAITS: JSON.stringify(traits) };
    return launch(command, [...start.args, `cells/${start.script ?? "program"}.mjs`], folder, env);
  }
  if (start.kind === "workerd") return openWorkerd(cell, command, matrix);
  if (start.kind === "next") return openNext(cell, start.version, start.route, matrix);
  const query = encodeURIComponent(JSON.stringify({ cell: name, control, traits }));
  return openBrowser(start.browser, command, folder, `${control}/${start.place}.html?${query}`);
}

/** Runs the table in a cell and gives what was reported; ends when the cell is done, has ended, or has fallen silent. */
export async function runCell(
  cell: Cell,
  command: string,
  matrix: Matrix,
): Promise<Map<string, string | undefined>> {
  const running = await open(cell, command, matrix);
  const address = `${matrix.control}/control/reports/${encodeURIComponent(cell.name)}`;
  let reports: Report[] = [];
  let silentSince = Date.now();
  let over = false;
  try {
    while (!over) {
      over = running.child.exitCode !== null || Date.now() - silentSince > 180_000;
      await new Promise((resolve) => setTimeout(resolve, 100));
      const now = (await (await fetch(address)).json()) as Report[];
      if (now.length > reports.length) silentSince = Date.now();
      reports = now;
      over ||= reports.at(-1)?.done === true;
    }
  } finally {
    end(running);
  }
  const results = new Map<string, string | undefined>();
  for (const { name, error } of reports) if (name !== undefined) results.set(name, error);
  if (reports.at(-1)?.done !== true) results.set("done", `it ended or fell silent:\n${running.output()}`);
  return results;
}

/** The example project's tests for `node:test`, by its own command: what its workflow runs on each Node. */
export async function runExample(
  command: string,
  { folder }: Matrix,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const example = join(folder, "example");
  const { scripts } = JSON.parse(await readFile(join(example, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>;
  };
  const path = [dirname(command), process.env["PATH"]].join(delimiter);
  const running = launch("sh", ["-c", scripts["test:node"] ?? "exit 1"], example, { PATH: path });
  const [code] = (await once(running.child, "close")) as [number | null];
  return { code, output: running.output() };
}
