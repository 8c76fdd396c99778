import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { benchPath } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Role, Row } from "../harness/metric.ts";

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
    source: `import { Heidi } from ${path}; export const run = (token) => Heidi.withToken(token).sessions.get("x");`,
  };
}

/** What a browser downloads before it can make a call; chunks that load later are not in it. */
async function bundle(client: string, { role, source }: Minimal): Promise<Entry> {
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
      // Without this, the checkout's own tsconfig.json would lead from the package back to its sources.
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
    const reached = new Set<string>();
    const reach = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const next of metafile.outputs[path]?.imports ?? [])
        if (next.kind === "import-statement") reach(next.path);
    };
    const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint !== undefined);
    if (entry) reach(entry[0]);
    const bytes = outputFiles
      .filter(({ path }) => [...reached].some((name) => path.endsWith(name)))
      .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    return { client, role, samples: [bytes / 1024] };
  } catch (error) {
    const message =
      error instanceof Error ? (error.message.split("\n").find((l) => l !== "") ?? "") : String(error);
    return { client, role, samples: [], failure: message.slice(0, 160) };
  }
}

async function run(context: Context): Promise<readonly Metric[]> {
  const clients: [string, Minimal][] = [["heidi", ours(context.packageDir)]];
  for (const [client, minimal] of Object.entries(MINIMAL))
    if (context.peers || minimal.role !== "peer") clients.push([client, minimal]);
  return [
    {
      id: "bundle",
      title: "Browser bundle of a minimal client, minified, gzip",
      unit: "KiB",
      better: "lower",
      target: 12,
      gross: 40,
      entries: await Promise.all(clients.map(([client, minimal]) => bundle(client, minimal))),
      note: "What loads at the start, by esbuild's metafile. A bundle with a Node built-in in its graph counts as not running.",
    },
  ];
}

export const browserBundle: Row = { id: "bundle", quick: true, run };
