import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { benchPath } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Role, Row } from "../harness/metric.ts";
import { ROOT } from "../harness/package.ts";
import { runNode } from "../harness/program.ts";

interface Cost {
  readonly instantiations: number;
  readonly checkMs: number;
}

const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

/** Returns the compiler's statistics for one file, compiled against the built declarations as in a user's project. */
async function check(context: Context, file: string): Promise<Cost> {
  const project = join(context.tmpDir, `tsconfig.${file}.json`);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    module: "ESNext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
    paths: { "heidi-health-sdk": [join(context.packageDir, "dist/index.d.cts")] },
  };
  await writeFile(project, JSON.stringify({ compilerOptions, files: [benchPath(`types/${file}.ts`)] }));
  const { stdout } = await runNode([join(typescript, "bin/tsc"), "-p", project, "--extendedDiagnostics"]);
  const read = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(stdout);
    if (!found) throw new Error(`the compiler reports no ${name}`);
    return Number(found[1]);
  };
  return { instantiations: read("Instantiations"), checkMs: read("Check time") * 1000 };
}

async function measure(context: Context, client: string, role: Role, files: readonly [string, string]) {
  const rounds = context.quick ? 1 : Math.min(context.rounds, 5);
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    const [base, calls] = [await check(context, files[0]), await check(context, files[1])];
    costs.push({
      instantiations: calls.instantiations - base.instantiations,
      checkMs: Math.max(0, calls.checkMs - base.checkMs),
    });
  }
  const entry = (pick: (cost: Cost) => number): Entry => ({ client, role, samples: costs.map(pick) });
  return { instantiations: entry((cost) => cost.instantiations), checkMs: entry((cost) => cost.checkMs) };
}

async function run(context: Context): Promise<readonly Metric[]> {
  const heidi = await measure(context, "heidi", "sdk", ["base", "heidi"]);
  const found = [heidi];
  if (context.peers)
    found.push(await measure(context, "openapi-fetch", "peer", ["openapi-fetch-base", "openapi-fetch"]));
  return [
    {
      id: "types-instantiations",
      title: "Type check of 24 calls, instantiations",
      unit: "types",
      better: "lower",
      target: 500,
      gross: 1000,
      entries: found.map(({ instantiations }) => instantiations),
      note: "`tsc --extendedDiagnostics` of a file with the calls, minus one that only imports.",
    },
    {
      id: "types-time",
      title: "Type check of 24 calls, time",
      unit: "ms",
      better: "lower",
      entries: found.map(({ checkMs }) => checkMs),
    },
  ];
}

export const typeCheck: Row = { id: "types", quick: true, run };
