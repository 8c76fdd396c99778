import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { benchPath } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Role, Row } from "../harness/metric.ts";
import { type Program, runInTurn } from "../harness/program.ts";

/** A dependency of the SDK, so it is installed in every mode; importing the SDK must not import it. */
const HEAVY = "undici";

const PEERS = [
  "openapi-fetch",
  "ky",
  "got",
  "axios",
  "stripe",
  "assemblyai",
  "openai",
  "@anthropic-ai/sdk",
  "@deepgram/sdk",
  "@corti/sdk",
];

const ESM_ONLY = new Set(["ky", "got"]);
const EMPTY = "empty file";

function programs(script: string, empty: string, sdk: string, peers: readonly string[]): readonly Program[] {
  const program = (client: string, role: Role, specifier: string): Program => ({
    client,
    role,
    args: [benchPath(`clients/start/${script}`), specifier],
  });
  return [
    program("heidi", "sdk", sdk),
    program(EMPTY, "base", empty),
    program(HEAVY, "base", HEAVY),
    ...peers.map((peer) => program(peer, "peer", peer)),
  ];
}

/** Returns the import times minus that of an empty file in the same round. */
function beyondEmpty(entries: readonly Entry[]): readonly Entry[] {
  const base = entries.find(({ client }) => client === EMPTY)?.samples ?? [];
  return entries
    .filter(({ client }) => client !== EMPTY)
    .map((entry) => ({
      ...entry,
      samples: entry.samples.map((sample, round) => Math.max(0, sample - (base[round] ?? 0))),
    }));
}

async function run(context: Context): Promise<readonly Metric[]> {
  const rounds = { ...context, rounds: context.quick ? 5 : context.rounds };
  const ms = ({ stdout }: { stdout: string }): number => Number(stdout);
  const esm = programs(
    "import.mjs",
    pathToFileURL(benchPath("clients/start/empty.mjs")).href,
    pathToFileURL(join(context.packageDir, "dist", "index.mjs")).href,
    PEERS,
  );
  const require = createRequire(import.meta.url);
  const cjs = programs(
    "require.cjs",
    require.resolve("../clients/start/empty.cjs"),
    join(context.packageDir, "dist", "index.cjs"),
    PEERS.filter((peer) => !ESM_ONLY.has(peer)),
  );
  const common = { unit: "ms", better: "lower", target: 6, gross: 0.7, grossTo: HEAVY } as const;
  return [
    {
      id: "import-esm",
      title: "Import of the package, ESM",
      ...common,
      entries: beyondEmpty(await runInTurn(rounds, esm, ms)),
      note: "Minus the import of an empty file; each import in a new process.",
    },
    {
      id: "import-cjs",
      title: "Import of the package, CommonJS",
      ...common,
      entries: beyondEmpty(await runInTurn(rounds, cjs, ms)),
    },
  ];
}

export const importCost: Row = { id: "import", quick: true, run };
