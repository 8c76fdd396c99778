import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import nodeResolve from "@rollup/plugin-node-resolve";
import { type BuildOptions, build as esbuild } from "esbuild";
import { type Plugin, rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { fromNpm } from "../runtimes/programs.ts";
import { hasTools, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");

/** A server with a sandbox of its own: what is called is answered, over real sockets. Its argument is a recording. */
const program = `
import { Heidi } from "heidi-health-sdk";
import { fileFromPath, nodeHttpClient } from "heidi-health-sdk/node";
import { createSandbox } from "heidi-health-sdk/sandbox";
const lines = [];
const note = (message, { error, code } = {}) => lines.push({ message, error, code });
const logger = { debug() {}, info() {}, warn: note, error: note };
const run = async () => {
  const timings = { transcriptionMs: 0, parsingMs: 0, codingMs: 0 };
  const sandbox = await createSandbox({ streamDelayMs: 1, timings });
  const { apiKey, baseUrl } = sandbox;
  const heidi = new Heidi({ apiKey, baseUrl, logger, logLevel: "warn", maxConnections: 8 });
  const identity = { email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" };
  const user = heidi.forUser(identity);
  const { data } = await user.templates.list();
  const audio = fileFromPath(process.argv[2]);
  const work = { session: {}, audio, template_id: data[0].id, coding_system: "SNOMED-CT" };
  const events = [];
  for await (const { type } of user.consult(work)) events.push(type);
  const ownClient = new Heidi({ apiKey, baseUrl, httpClient: nodeHttpClient({ maxConnections: 1 }) });
  const listed = await ownClient.forUser(identity).templates.list().then(() => "listed", ({ name, message }) => name + ": " + message);
  await Promise.all([heidi.close(), ownClient.close()]);
  await sandbox.close();
  const [{ audio: stored, consult_note }, ...others] = sandbox.state().users[0].sessions;
  const hashes = stored.map(({ sha256 }) => sha256);
  const pieces = events.filter((type) => type === "note-text").length;
  console.log(JSON.stringify({ others: others.length, hashes, last: events.at(-1), pieces, isNote: consult_note.result.length > 100, listed, lines }));
};
run();
`;

interface ConsultReport {
  readonly others: number;
  readonly hashes: readonly string[];
  readonly last: string;
  readonly pieces: number;
  readonly isNote: boolean;
  readonly listed: string;
  readonly lines: readonly { readonly message: string; readonly error?: string; readonly code?: string }[];
}

let entry: string;
let folder: string;
let recording: string;
let hash: string;
beforeAll(async () => {
  const project = await mkdtemp(join(esm, "server-"));
  entry = join(project, "server.mjs");
  await writeFile(entry, program);
  folder = await mkdtemp(join(tmpdir(), "heidi-server-"));
  recording = join(folder, "visit.mp3");
  const bytes = Buffer.alloc(300_000, "What was said in the visit. ");
  bytes.write("ID3\u0004");
  await writeFile(recording, bytes);
  hash = createHash("sha256").update(bytes).digest("hex");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How undici comes into a bundle: whole, or not, and then what the log says is the cause. */
type Sender = "undici" | { readonly error: string; readonly code?: string };

interface Bundler {
  readonly build: (out: string) => Promise<unknown>;
  readonly sender: Sender;
  /** On Node 24; the same, unless it is given. */
  readonly newer?: Sender;
  readonly needsTools?: true;
}

const bundled: BuildOptions = { bundle: true, platform: "node", logLevel: "silent" };
const asModule = { ...bundled, format: "esm", outExtension: { ".js": ".mjs" } } as const;
const asScript = { ...bundled, format: "cjs", outExtension: { ".js": ".cjs" } } as const;
const byEsbuild =
  (options: BuildOptions): Bundler["build"] =>
  (outdir) =>
    esbuild({ ...options, entryPoints: [entry], outdir });

/** As an application does that wants nothing of undici in its bundle. */
const emptied: BuildOptions = {
  plugins: [
    {
      name: "no undici",
      setup(build) {
        build.onResolve({ filter: /^undici(?:\/|$)/ }, ({ path }) => ({ path, namespace: "empty" }));
        build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
      },
    },
  ],
};
const outside: BuildOptions = { external: ["undici", "undici/*"] };
/** ES modules of Node have no `require`, of which undici has many. */
const noRequire: Sender = { error: "Error" };
const hasSqlite = isBuiltin("node:sqlite");
const noSqlite: Sender = { error: "Error", code: "ERR_UNKNOWN_BUILTIN_MODULE" };
const notFound: Sender = { error: "Error", code: "ERR_MODULE_NOT_FOUND" };

async function byTsup(format: "esm" | "cjs", out: string): Promise<void> {
  const config = { entry: [entry], format, outDir: out, silent: true };
  const text = `export default { ...${JSON.stringify(config)}, noExternal: [/.*/] };`;
  await writeFile(join(dirname(entry), "tsup.config.mjs"), text);
  const options = { cwd: dirname(entry), env: { NO_COLOR: "1" } };
  const { output, code } = await node([tool("tsup/dist/cli-default.js")], options);
  expect(code, output).toBe(0);
  await writeFile(
    join(out, "package.json"),
    JSON.stringify({ type: format === "esm" ? "module" : "commonjs" }),
  );
}

/** In a project of its own: Parcel has its settings from the `package.json` beside `node_modules`. */
async function byParcel(format: "esmodule" | "commonjs", out: string): Promise<void> {
  const project = await mkdtemp(join(folder, "parcel-"));
  await cp(join(esm, "node_modules"), join(project, "node_modules"), { recursive: true });
  await cp(entry, join(project, "server.mjs"));
  await cp(join(esm, "package-lock.json"), join(project, "package-lock.json"));
  const settings = {
    "@parcel/resolver-default": { packageExports: true },
    alias: { "node:sqlite": false },
    targets: {
      server: {
        ...{ context: "node", includeNodeModules: true, outputFormat: format },
        ...{ engines: { node: ">=20.19" }, distDir: out, sourceMap: false, optimize: false },
      },
    },
  };
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, ...settings }));
  const args = ["build", "server.mjs", "--target", "server", "--no-cache", "--no-autoinstall"];
  const { output, code } = await node([tool("parcel/lib/bin.js"), ...args], { cwd: project });
  expect(code, output).toBe(0);
  const type = format === "esmodule" ? "module" : "commonjs";
  await writeFile(join(out, "package.json"), JSON.stringify({ type }));
}

async function byRollup(plugin: Plugin, out: string): Promise<void> {
  const plugins = [nodeResolve({ exportConditions: ["node"], preferBuiltins: true }), plugin];
  const bundle = await rollup({ input: entry, plugins, onwarn: () => undefined });
  await bundle.write({ dir: out, format: "es", entryFileNames: "server.mjs" });
}

const bundlers: Readonly<Record<string, Bundler>> = {
  "esbuild to ESM": { build: byEsbuild(asModule), sender: noRequire },
  "esbuild to ESM, in parts": { build: byEsbuild({ ...asModule, splitting: true }), sender: noRequire },
  "esbuild to ESM, with `require`": {
    build: byEsbuild({
      ...asModule,
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    }),
    sender: "undici",
  },
  "esbuild to CommonJS": { build: byEsbuild(asScript), sender: "undici" },
  "esbuild to ESM, with undici left outside": {
    build: byEsbuild({ ...asModule, ...outside }),
    sender: notFound,
  },
  "esbuild to CommonJS, with undici left outside": {
    build: byEsbuild({ ...asScript, ...outside }),
    sender: notFound,
  },
  "esbuild to ESM, with nothing for undici": {
    build: byEsbuild({ ...asModule, ...emptied }),
    sender: { error: "TypeError" },
  },
  "esbuild to CommonJS, with nothing for undici": {
    build: byEsbuild({ ...asScript, ...emptied }),
    sender: { error: "TypeError" },
  },
  // Its plugin loads every builtin at once, also one that undici only tries: on Node 20 there is no `node:sqlite`.
  Rollup: {
    build: (out) => byRollup(commonjs(), out),
    sender: hasSqlite ? "undici" : noSqlite,
    newer: "undici",
  },
  "Rollup, with `node:sqlite` ignored": {
    build: (out) => byRollup(commonjs({ ignore: ["node:sqlite"] }), out),
    sender: "undici",
  },
  "Vite for a server": {
    build: (out) =>
      vite({
        ...{ root: esm, configFile: false, logLevel: "silent", ssr: { noExternal: true, target: "node" } },
        build: {
          ssr: entry,
          outDir: out,
          emptyOutDir: false,
          rollupOptions: { output: { entryFileNames: "server.mjs" } },
        },
      }),
    sender: "undici",
  },
  "tsup to ESM": { build: (out) => byTsup("esm", out), sender: noRequire, needsTools: true },
  "tsup to CommonJS": { build: (out) => byTsup("cjs", out), sender: "undici", needsTools: true },
  "Parcel to CommonJS": { build: (out) => byParcel("commonjs", out), sender: "undici", needsTools: true },
  // Parcel imports from `node:zlib`, by name, a constant that undici only looks for.
  "Parcel to ESM": {
    build: (out) => byParcel("esmodule", out),
    sender: { error: "SyntaxError" },
    needsTools: true,
  },
};

async function run(out: string, program = process.execPath): Promise<ConsultReport> {
  const server = (await readdir(out)).find((file) => /^server\.[cm]?js$/.test(file)) ?? "server.js";
  const { output, stdout, code } = await node([join(out, server), recording], { cwd: out, program });
  expect([output, code]).toEqual([stdout, 0]);
  return JSON.parse(stdout) as ConsultReport;
}

/** The consult was whole, whatever sent it; without undici the log says so once, and its own HTTP client is refused. */
function expectWhole({ lines, listed, ...report }: ConsultReport, sender: Sender): void {
  expect(report).toEqual({
    ...{ others: 0, hashes: [hash], last: "done", isNote: true },
    pieces: expect.any(Number),
  });
  expect(report.pieces).toBeGreaterThan(1);
  if (sender === "undici") {
    expect([lines, listed]).toEqual([[], "listed"]);
    return;
  }
  const message =
    "heidi: undici could not be loaded; requests are sent by the platform's fetch instead; `maxConnections` has no effect";
  expect(lines).toEqual([{ message, ...sender }]);
  expect(listed).toMatch(
    /^HeidiConfigurationError: The HTTP client undici could not be loaded.*nothing was sent/,
  );
}

const newer = fromNpm("node24", "node24/bin/node");
const inProject = Object.entries(bundlers).filter(([, { needsTools }]) => needsTools === undefined);
const inTools = Object.entries(bundlers).filter(([, { needsTools }]) => needsTools === true);

async function build(name: string, bundler: Bundler | undefined): Promise<string> {
  const out = join(folder, name.replaceAll(/\W/g, "-"));
  await mkdir(out, { recursive: true });
  await bundler?.build(out);
  return out;
}

/** The tests of each bundle. */
function runsConsults(name: string, bundler: Bundler): void {
  let out: string;
  beforeAll(async () => {
    out = await build(name, bundler);
  });

  it("runs a whole consult without node_modules [R14] [R50]", async () => {
    expectWhole(await run(out), bundler.sender);
  });

  it.skipIf(newer === undefined)(
    "runs a whole consult without node_modules on Node 24 (needs RUNTIMES) [R14] [R50]",
    async () => {
      expectWhole(await run(out, newer), bundler.newer ?? bundler.sender);
    },
  );
}

describe.each(inProject)("a server bundled by %s", (name, bundler) => {
  runsConsults(name, bundler);
});

describe.skipIf(!hasTools).each(inTools)("a server bundled by %s (needs RUNTIMES)", (name, bundler) => {
  runsConsults(name, bundler);
});
