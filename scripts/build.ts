/** `npm run build`: dist/ for every entry in both module formats, each with its own types. */
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig } from "tsdown";
import { breakLines } from "./lines.ts";
import { effectiveYaml } from "./spec/effective.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = join(root, "dist");

const SHIM = "\0openapi-fetch";

const entry = {
  index: "src/index.ts",
  node: "src/node.ts",
  sandbox: "src/sandbox/index.ts",
  "wire/undici": "src/transport/undici.ts",
  "wire/fetch": "src/transport/fetch.ts",
  "host/node": "src/sandbox/doors/node.ts",
  "host/none": "src/sandbox/doors/none.ts",
};

// A CommonJS file of this package counts as "module code in Node" to the bundler, which would then take the whole
// `module.exports` of openapi-fetch for its default export. A module outside of any package gets the true default.
const trueDefault = {
  name: "openapi-fetch-default",
  resolveId(id: string, importer: string | undefined): string | undefined {
    return id === "openapi-fetch" && importer !== SHIM ? SHIM : undefined;
  },
  load(id: string): string | undefined {
    return id === SHIM
      ? 'export * from "openapi-fetch"; export { default } from "openapi-fetch";'
      : undefined;
  },
};

const group = (name: string, ...files: readonly string[]): { name: string; test: RegExp } => ({
  name,
  test: new RegExp(`[\\\\/](?:src|generated)[\\\\/](?:${files.join("|")})\\.ts$`),
});

/**
 * What is loaded together is one file: to find and open a file costs as much as to read some kilobytes of it. Each group
 * takes all that its files import and no earlier group has. The core is what importing the package evaluates; the rest
 * is loaded on its first use.
 */
const groups = [
  // The bundler's few helper lines would otherwise settle in one entry, and show up among its exports.
  { name: "runtime", test: /rolldown[\\/]runtime/ },
  // What the sandbox needs of the SDK, so that it does not bring another whole client into a bundle of the other format.
  group("base", "errors", "version", "operations"),
  group("core", "heidi", "api-errors", "link-required", "workflows/(?:cutting/recording-cutter|timestamp)"),
  group("call", "transport/runner"),
  group("tokens", "auth/(?:token-cache|provided-token)"),
  group("stream", "stream/incoming"),
  group("upload", "upload/multipart"),
  group("wait", "workflows/(?:polling|sights)"),
  group("more", "workflows/(?:link-page|pages|patient-sessions|profiles|templates)"),
].map((one, index) => ({ ...one, priority: 100 - index }));

// One build per format over all entries: whatever two entries share becomes a chunk, so that an error class or a
// symbol exists once per format. Minified and without source maps, because the
// package holds every line twice and stays small all the same.
const config: InlineConfig = {
  config: false,
  cwd: root,
  entry,
  format: ["esm", "cjs"],
  platform: "neutral",
  fixedExtension: true,
  target: "es2022",
  clean: false,
  hash: false,
  dts: { oxc: true, entry: ["src/index.ts", "src/node.ts", "src/sandbox/index.ts"] },
  sourcemap: false,
  // Classes keep their names, which errors of the other format are known by; those of functions would be 30 kB.
  minify: {
    compress: true,
    mangle: { toplevel: true, keepNames: { class: true, function: false } },
    codegen: { removeWhitespace: true },
  },
  treeshake: true,
  deps: {
    // Chosen by package.json "imports" in the user's runtime, hence never resolved here.
    neverBundle: ["#wire", "#host", /^node:/, /^undici(\/|$)/],
    onlyBundle: [],
  },
  inputOptions(options, format, { cjsDts }) {
    if (format === "cjs" && !cjsDts) options.plugins = [trueDefault, options.plugins];
  },
  outputOptions: {
    codeSplitting: { groups },
    // Test runners that run CommonJS in a context of their own, such as Jest, refuse import() there.
    dynamicImportInCjs: false,
  },
  checks: { legacyCjs: false, pluginTimings: false },
  report: false,
  logLevel: "warn",
  failOnWarn: true,
};

// The command is a user of the entries like any other, and is built as one: it holds no copy of them, and what it uses
// of them has no say in how they are split. It is run, not imported, so one format is enough.
const command: InlineConfig = {
  ...config,
  entry: { cli: "src/cli/bin.ts" },
  format: "esm",
  dts: false,
  // Nobody is shown its stack traces, so its names need not stay.
  minify: true,
  plugins: [
    {
      name: "built-entries",
      resolveId: (id) => {
        const [, name] = /^\.\.\/(index|node|sandbox(?=\/index))(?:\/index)?\.ts$/.exec(id) ?? [];
        return name === undefined ? undefined : { id: `./${name}.mjs`, external: true };
      },
    },
  ],
  outputOptions: { chunkFileNames: "cli-[name].mjs" },
};

/** One set of declarations for both formats: to the compiler a class of one is then the class of the other. */
async function shareDeclarations(paths: readonly string[]): Promise<void> {
  for (const path of paths.filter((name) => name.endsWith(".d.mts"))) {
    const twin = path.replace(/\.d\.mts$/, ".cjs");
    const isEntry = Object.keys(entry).some((name) => path === `${name}.d.mts`);
    if (isEntry) await writeFile(join(outDir, path), `export * from "./${basename(twin)}";\n`);
    else await rm(join(outDir, path));
  }
}

/**
 * The sandbox is a tool for tests, not for bundles: one copy of it serves both formats. Errors keep working across the
 * two: `instanceof` and `isHeidiError` know those of the other format.
 */
async function wrapSandbox(): Promise<void> {
  const names = Object.keys(createRequire(import.meta.url)(join(outDir, "sandbox.cjs")) as object);
  await writeFile(
    join(outDir, "sandbox.mjs"),
    `export { ${names.sort().join(", ")} } from "./sandbox.cjs";\n`,
  );
  // Only that copy asks for its host.
  for (const name of ["node", "none"]) await rm(join(outDir, `host/${name}.mjs`), { force: true });
}

/** Exports of a file that only this package requires. The entries keep theirs as they are: Node reads their names off them. */
function shortenExports(code: string): string {
  const long =
    /Object\.defineProperty\(exports,(`[^`]+`),\{enumerable:!0,get:function\(\)\{return ([\w$]+)\}\}\)/g;
  if ((code.match(long) ?? []).length < 4) return code;
  const helper = "const $export=(name,get)=>Object.defineProperty(exports,name,{enumerable:!0,get});\n";
  return helper + code.replaceAll(long, "$$export($1,()=>$2)");
}

/**
 * Declarations are read by editors above all: without the bundler's notes, without what openapi-typescript says of
 * parameters that an operation does not have, and with one character per indentation.
 */
const condense = (types: string): string =>
  types
    .replaceAll(/^\/\/#(?:region|endregion).*\n/gm, "")
    .replaceAll(/^ *(?:query|header|path|cookie|requestBody)\?: never;\n/gm, "")
    .replaceAll(/^ *headers: \{\n *\[name: string\]: unknown;\n *\};\n/gm, "")
    .replaceAll(/\/\*\* @description .*\*\/(?=\d{3}: \{$)/gm, "")
    .replaceAll("* @description ", "* ")
    .replaceAll(/^(?: {2})+/gm, (blank) => "\t".repeat(blank.length / 2));

async function sizeOf(folder: string): Promise<{ files: number; bytes: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((item) => item.isFile());
  const sizes = await Promise.all(
    files.map(async (item) => (await stat(join(item.parentPath, item.name))).size),
  );
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

const startedMs = performance.now();
await rm(outDir, { recursive: true, force: true });
await build(config);
await build(command);
const built = await readdir(outDir, { recursive: true });
await shareDeclarations(built);
for (const path of built.filter((name) => /\.(mjs|cjs)$/.test(name))) {
  const code = breakLines(await readFile(join(outDir, path), "utf8"));
  const isInternal = path.endsWith(".cjs") && !Object.hasOwn(entry, path.replace(/\.cjs$/, ""));
  await writeFile(join(outDir, path), isInternal ? shortenExports(code) : code);
}
for (const path of built.filter((name) => name.endsWith(".d.cts"))) {
  await writeFile(join(outDir, path), condense(await readFile(join(outDir, path), "utf8")));
}
await wrapSandbox();
await writeFile(join(outDir, "openapi.yaml"), effectiveYaml());
const { files, bytes } = await sizeOf(outDir);
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
console.log(`dist: ${files} files, ${Math.round(bytes / 1024)} KiB in ${seconds} s`);
