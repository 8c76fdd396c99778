/** `npm run build`: dist/ for every entry in both module formats, readable, each format with its own declarations and maps. */
import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { UserConfig } from "tsdown";
import { writeLlmsFiles } from "./scripts/site/llms.ts";
import { effectiveYaml } from "./scripts/spec/effective.ts";

/**
 * What is loaded together is one file: to find and open a file costs as much as to read some kilobytes of it. Each group
 * takes all that its files import and no earlier group has. The core is what importing the package evaluates; the rest
 * is loaded on its first use.
 */
const groups = [
  // The modules that an import of the package evaluates, and those that the sandbox shares with them, in one file. A bundler
  // removes the unused ones.
  {
    name: "core",
    test: /[\\/]src[\\/](?:client|api-errors|link-required|version|utils[\\/](?:timestamp|utf8|values)|workflows[\\/]segment[\\/]segment-recording)\.ts$/,
  },
  { name: "call", test: /[\\/]http[\\/]request-sender\.ts$/ },
  // What few calls need: requests with two forms, and the words for failures.
  { name: "forms", test: /[\\/]http[\\/]dialect-selector\.ts$/ },
  { name: "codes", test: /[\\/]http[\\/]permanent-codes\.ts$/ },
  { name: "messages", test: /[\\/]http[\\/]error-messages\.ts$/ },
  { name: "tokens", test: /[\\/]auth[\\/](?:token-cache|provided-token)\.ts$/ },
  { name: "stream", test: /[\\/]stream[\\/](?:stream-reader|tee)\.ts$/ },
  { name: "upload", test: /[\\/]http[\\/]form-body\.ts$/ },
  { name: "wait", test: /[\\/]workflows[\\/]polling[\\/](?:poll-loop|operations)\.ts$/ },
  {
    name: "more",
    test: /[\\/]workflows[\\/](?:iterate-pages|link-url|patient-profiles|patient-sessions|templates)\.ts$/,
  },
].map((group, index) => ({ ...group, priority: 100 - index }));

const common: UserConfig = {
  platform: "neutral",
  fixedExtension: true,
  // React Native's compiler takes all of ES2022 but static blocks, which src/ does without.
  target: "es2022",
  sourcemap: true,
  hash: false,
  deps: {
    // Chosen by package.json "imports" in the user's runtime, hence never resolved here.
    neverBundle: [/^#/, /^node:/, /^undici(\/|$)/, "@opentelemetry/api", /^@modelcontextprotocol\/sdk\//],
    onlyBundle: [],
  },
  checks: { legacyCjs: false, pluginTimings: false },
  report: false,
  logLevel: "warn",
  failOnWarn: true,
};

const entries = {
  index: "src/index.ts",
  node: "src/node.ts",
  browser: "src/browser.ts",
  sandbox: "src/sandbox/index.ts",
  server: "src/server.ts",
  opentelemetry: "src/opentelemetry.ts",
  "http-client/node": "src/http/node-client.ts",
  "http-client/fetch": "src/http/fetch-client.ts",
  "platform/node": "src/sandbox/platform-node.ts",
  "platform/none": "src/sandbox/platform-none.ts",
};

/** Development dependencies that the sandbox's own chunk includes. THIRD_PARTY_LICENSES.md has the license of each. */
const bundled = ["@cfworker/json-schema", "@noble/hashes"];

/** The library. One build over all entries: what two of them share exists once per format. */
const library: UserConfig = {
  ...common,
  entry: entries,
  format: ["esm", "cjs"],
  deps: { ...common.deps, onlyBundle: bundled },
  // @cfworker/json-schema uses the page's address as the base of references, which the sandbox does not need. In a worker
  // created from a Blob this address is invalid, and the import of the sandbox would throw.
  define: { "self.location": "undefined" },
  // As @types/node declares them; a project without it has them from nowhere else, and TypeScript before 5.2 has no such lib.
  banner: {
    dts: `declare global {
  interface SymbolConstructor { readonly dispose: unique symbol; readonly asyncDispose: unique symbol; }
  interface Disposable { [Symbol.dispose](): void; }
  interface AsyncDisposable { [Symbol.asyncDispose](): PromiseLike<void>; }
}`,
  },
  dts: {
    oxc: true,
    sourcemap: true,
    entry: ["index", "node", "browser", "sandbox/index", "server", "opentelemetry"].map(
      (name) => `src/${name}.ts`,
    ),
  },
  // Test runners that run CommonJS in a context of their own, such as Jest, refuse import() there.
  outputOptions: { codeSplitting: { groups }, dynamicImportInCjs: false },
  hooks: {
    "build:done": async ({ options }) => {
      await writeFile(`${options.outDir}/openapi.yaml`, effectiveYaml());
      writeLlmsFiles(dirname(options.outDir));
    },
  },
};

/** The command. It is a user of the entries like any other, and is run, not imported: one format is enough. */
const command: UserConfig = {
  ...common,
  entry: { cli: "src/cli/bin.ts" },
  format: "esm",
  dts: false,
  clean: false,
  outputOptions: { chunkFileNames: "cli-[name].mjs" },
  plugins: [
    {
      name: "built-entries",
      resolveId: (id: string, importer: string | undefined) => {
        if (importer === undefined || !id.startsWith(".")) return undefined;
        const path = resolve(dirname(importer), id);
        const found = Object.entries(entries).find(([, file]) => resolve(file) === path);
        return found && { id: `./${found[0]}.mjs`, external: true };
      },
    },
  ],
};

const configs: UserConfig[] = [library, command];

export default configs;
