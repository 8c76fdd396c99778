import { join } from "node:path";
import { tool } from "../package/toolbox.ts";
import { fromNpm } from "../runtimes/programs.ts";

/** A package manager, by the arguments of its commands in an empty project. */
export interface Manager {
  readonly name: string;
  /** The program and its first arguments; undefined where it is missing. */
  readonly program: readonly string[] | undefined;
  readonly install: (version: string) => readonly string[];
  readonly upgrade: readonly string[];
  /** Runs a script of the project. */
  readonly run: (script: string) => readonly string[];
  /** The arguments before those of the package's command. */
  readonly heidi: readonly string[];
  /** Settings of its own: its caches are in the folder, and it takes a registry without TLS. */
  readonly environment: (folder: string, registry: string) => Readonly<Record<string, string>>;
}

const NAME = "heidi-health-sdk";
const LATEST = `${NAME}@latest`;
const bun = fromNpm("bun", "bun/bin/bun");

export const managers: readonly Manager[] = [
  {
    name: "npm",
    program: ["npm"],
    install: (version) => ["install", "--no-audit", "--no-fund", `${NAME}@${version}`],
    upgrade: ["install", "--no-audit", "--no-fund", LATEST],
    run: (script) => ["exec", "--call", `node ${script}`],
    heidi: ["exec", "--", "heidi"],
    environment: () => ({}),
  },
  {
    name: "pnpm",
    program: [process.execPath, tool("pnpm/bin/pnpm.cjs")],
    install: (version) => ["add", `${NAME}@${version}`],
    upgrade: ["update", "--latest"],
    run: (script) => ["exec", "node", script],
    heidi: ["exec", "heidi"],
    environment: (folder) => ({ npm_config_store_dir: join(folder, "pnpm-store") }),
  },
  {
    // Its default, Plug'n'Play: no node_modules, and only declared dependencies can be imported.
    name: "yarn",
    program: [process.execPath, tool("@yarnpkg/cli-dist/bin/yarn.js")],
    install: (version) => ["add", `${NAME}@${version}`],
    upgrade: ["up", LATEST],
    run: (script) => ["node", script],
    heidi: ["run", "heidi"],
    environment: (folder, registry) => ({
      YARN_ENABLE_TELEMETRY: "0",
      YARN_GLOBAL_FOLDER: join(folder, "yarn"),
      YARN_NPM_MINIMAL_AGE_GATE: "0",
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    }),
  },
  {
    name: "bun",
    program: bun === undefined ? undefined : [bun],
    install: (version) => ["add", `${NAME}@${version}`],
    upgrade: ["add", LATEST],
    // In Bun itself.
    run: (script) => [script],
    heidi: ["run", "heidi"],
    environment: (folder) => ({ BUN_INSTALL_CACHE_DIR: join(folder, "bun") }),
  },
];
