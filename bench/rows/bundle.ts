import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { benchPath } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Role, Row } from "../harness/metric.ts";
import { runNode } from "../harness/program.ts";
import { withServer } from "../harness/server.ts";

interface Minimal {
  readonly role: Role;
  readonly source: string;
}

const MINIMAL: Readonly<Record<string, Minimal>> = {
  "openapi-fetch": {
    role: "limit",
    source: `import c from "openapi-fetch"; export const run = (baseUrl) => c({ baseUrl }).GET("/sessions");`,
  },
  ky: { role: "peer", source: `import ky from "ky"; export const run = (u) => ky.get(u).json();` },
  axios: { role: "peer", source: `import axios from "axios"; export const run = (u) => axios.get(u);` },
  assemblyai: {
    role: "peer",
    source: `import { AssemblyAI } from "assemblyai"; export const run = (apiKey) => new AssemblyAI({ apiKey }).transcripts.get("x");`,
  },
  corti: {
    role: "peer",
    source: `import { CortiClient } from "@corti/sdk"; export const run = (auth) => new CortiClient({ auth }).interactions.get("x");`,
  },
  openai: {
    role: "peer",
    source: `import OpenAI from "openai"; export const run = (apiKey) => new OpenAI({ apiKey }).models.retrieve("x");`,
  },
  anthropic: {
    role: "peer",
    source: `import A from "@anthropic-ai/sdk"; export const run = (apiKey) => new A({ apiKey }).models.retrieve("x");`,
  },
  stripe: {
    role: "peer",
    source: `import S from "stripe"; export const run = (key) => new S(key).customers.retrieve("x");`,
  },
};

function ours(packageDir: string): Minimal {
  const path = JSON.stringify(join(packageDir, "dist", "index.mjs"));
  return {
    role: "sdk",
    source: `import { Heidi } from ${path}; export const run = (token, options) => Heidi.withToken(token, options).sessions.get("x");`,
  };
}

interface Bundle {
  readonly client: string;
  readonly role: Role;
  /** Gzipped bytes of each file. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, string>;
  /** The files that the page loads with its own script. */
  readonly first: ReadonlySet<string>;
  readonly failure?: string;
}

const ENTRY = "stdin.js";

async function bundle(client: string, { role, source }: Minimal): Promise<Bundle> {
  try {
    const { metafile, outputFiles } = await build({
      stdin: { contents: source, resolveDir: benchPath(".") },
      bundle: true,
      minify: true,
      write: false,
      splitting: true,
      outdir: "out",
      format: "esm",
      platform: "browser",
      target: "es2022",
      metafile: true,
      legalComments: "none",
      logLevel: "silent",
      // Otherwise the checkout's tsconfig.json would resolve the package to its sources.
      tsconfigRaw: {},
    });
    const builtins = Object.keys(metafile.inputs).filter((id) => /^(?:node:|\(disabled\):node:)/.test(id));
    const external = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter((i) => i.external),
    );
    if (builtins.length > 0 || external.length > 0) {
      throw new Error(
        `not for browsers: ${[...builtins, ...external.map(({ path }) => path)].slice(0, 3).join(", ")}`,
      );
    }
    const first = new Set<string>();
    const reach = (path: string): void => {
      if (first.has(basename(path))) return;
      first.add(basename(path));
      for (const next of metafile.outputs[path]?.imports ?? [])
        if (next.kind === "import-statement") reach(next.path);
    };
    reach(`out/${ENTRY}`);
    return {
      client,
      role,
      first,
      files: new Map(outputFiles.map(({ path, text }) => [basename(path), text])),
      sizes: new Map(
        outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents, { level: 9 }).length]),
      ),
    };
  } catch (error) {
    const message =
      error instanceof Error ? (error.message.split("\n").find((l) => l !== "") ?? "") : String(error);
    return {
      client,
      role,
      sizes: new Map(),
      files: new Map(),
      first: new Set(),
      failure: message.slice(0, 160),
    };
  }
}

/** Returns the files that are loaded by the first response: runs the bundle, in which each file records that it was loaded. */
async function loadedByAnswer({ files }: Bundle): Promise<ReadonlySet<string>> {
  const folder = await mkdtemp(join(tmpdir(), "heidi-bench-bundle-"));
  try {
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    for (const [name, text] of files)
      await writeFile(join(folder, name), `(globalThis.loaded ??= []).push(${JSON.stringify(name)});${text}`);
    const script = `const { run } = await import(process.argv[1]);
      await run("a.b.c", { baseUrl: process.argv[2] });
      console.log(JSON.stringify(globalThis.loaded));`;
    const { stdout } = await withServer("servers/json.mjs", ({ baseUrl }) =>
      runNode(["--input-type=module", "-e", script, pathToFileURL(join(folder, ENTRY)).href, baseUrl]),
    );
    return new Set(JSON.parse(stdout) as string[]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function entryOf({ client, role, sizes, failure }: Bundle, loaded: ReadonlySet<string>): Entry {
  if (failure !== undefined) return { client, role, samples: [], failure };
  const bytes = [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  return { client, role, samples: [bytes / 1024] };
}

async function run(context: Context): Promise<readonly Metric[]> {
  const clients: [string, Minimal][] = [["heidi", ours(context.packageDir)]];
  for (const [client, minimal] of Object.entries(MINIMAL))
    if (context.peers || minimal.role !== "peer") clients.push([client, minimal]);
  const bundles = await Promise.all(clients.map(([client, minimal]) => bundle(client, minimal)));
  const byAnswer = await Promise.all(
    bundles.map(async (one) =>
      one.role === "sdk" && one.failure === undefined ? loadedByAnswer(one) : new Set(one.sizes.keys()),
    ),
  );
  const common = { unit: "KiB", better: "lower", gross: 40 } as const;
  return [
    {
      id: "bundle",
      title: "Browser bundle of a minimal client, minified, gzip",
      ...common,
      entries: bundles.map((one) => entryOf(one, one.first)),
      note: "The files loaded at start, according to esbuild's metafile. A bundle that needs a Node built-in counts as not running.",
    },
    {
      id: "bundle-answer",
      title: "The same, by its first response",
      ...common,
      target: 30,
      entries: bundles.map((one, index) => entryOf(one, byAnswer[index] ?? new Set())),
      note: "For heidi, the files that a run loads; for the others, all files.",
    },
  ];
}

export const browserBundle: Row = { id: "bundle", quick: true, run };
