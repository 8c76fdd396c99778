import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { hasTools, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");

/** A server with a sandbox of its own: what is called is answered, over real sockets. */
const program = `
import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
const lines = [];
const note = (message) => lines.push(message);
const run = async () => {
  const sandbox = await createSandbox();
  const logger = { debug() {}, info() {}, warn: note, error: note };
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, logger, logLevel: "warn" });
  const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await user.sessions.create({});
  await user.sessions.get(session_id);
  await heidi.close();
  console.log(JSON.stringify({ created: sandbox.state().users[0].sessions.length, lines }));
};
run();
`;

let entry: string;
let folder: string;
beforeAll(async () => {
  const project = await mkdtemp(join(esm, "server-"));
  entry = join(project, "server.mjs");
  await writeFile(entry, program);
  folder = await mkdtemp(join(tmpdir(), "heidi-server-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const builders: Readonly<Record<string, (out: string) => Promise<unknown>>> = {
  "esbuild to ESM": (out) =>
    esbuild({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: `${out}/server.mjs`,
    }),
  "esbuild to ESM, in parts": (out) =>
    esbuild({
      ...{ entryPoints: [entry], bundle: true, platform: "node", format: "esm", splitting: true },
      ...{ outdir: out, outExtension: { ".js": ".mjs" } },
    }),
  "esbuild to CommonJS": (out) =>
    esbuild({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: `${out}/server.cjs`,
    }),
  Rollup: async (out) => {
    const plugins = [nodeResolve({ exportConditions: ["node"], preferBuiltins: true }), commonjs()];
    const bundle = await rollup({ input: entry, plugins, onwarn: () => undefined });
    await bundle.write({ dir: out, format: "es", entryFileNames: "server.mjs" });
  },
  "Vite for a server": (out) =>
    vite({
      ...{ root: esm, configFile: false, logLevel: "silent", ssr: { noExternal: true, target: "node" } },
      build: {
        ssr: entry,
        outDir: out,
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: "server.mjs" } },
      },
    }),
};

it.each(Object.keys(builders))(
  "a server bundled by %s runs without node_modules [R14] [R50]",
  async (name) => {
    const out = join(folder, name.replaceAll(/\W/g, "-"));
    await mkdir(out, { recursive: true });
    await builders[name]?.(out);
    const server = (await readdir(out)).find((file) => /^server\.[cm]js$/.test(file)) ?? "server.mjs";
    const { output, stdout, code } = await node([join(out, server)], { cwd: out });
    expect([output, code]).toEqual([stdout, 0]);
    const { created, lines } = JSON.parse(stdout) as { created: number; lines: string[] };
    expect(created).toBe(1);
    // Once, and only where undici could not be taken in.
    expect(lines.length).toBeLessThanOrEqual(1);
    for (const line of lines) expect(line).toContain("undici could not be loaded");
  },
);

const formats = { "tsup to ESM": "esm", "tsup to CommonJS": "cjs" } as const;

it.skipIf(!hasTools).each(Object.entries(formats))(
  "a server bundled by %s runs without node_modules (needs RUNTIMES) [R14] [R50]",
  async (name, format) => {
    const out = join(folder, name.replaceAll(/\W/g, "-"));
    await mkdir(out, { recursive: true });
    const config = { entry: [entry], format, outDir: out, silent: true };
    await writeFile(
      join(dirname(entry), "tsup.config.mjs"),
      `export default { ...${JSON.stringify(config)}, noExternal: [/.*/] };`,
    );
    const options = { cwd: dirname(entry), env: { NO_COLOR: "1" } };
    const { output, code } = await node([tool("tsup/dist/cli-default.js")], options);
    expect(code, output).toBe(0);
    const files = await readdir(out);
    const server = files.find((file) => /^server\.[cm]?js$/.test(file)) ?? "server.js";
    if (format === "esm") await writeFile(join(out, "package.json"), '{"type":"module"}');
    const ran = await node([join(out, server)], { cwd: out });
    expect([ran.output, ran.code]).toEqual([ran.stdout, 0]);
    const { created, lines } = JSON.parse(ran.stdout) as { created: number; lines: string[] };
    expect(created).toBe(1);
    for (const line of lines) expect(line).toContain("undici could not be loaded");
  },
);
