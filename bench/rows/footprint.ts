import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchPath } from "../harness/child-process.ts";
import type { Context, Entry, Metric, Row } from "../harness/metric.ts";
import { ROOT } from "../harness/package.ts";

const PEERS = [
  "stripe",
  "axios",
  "ky",
  "got",
  "openai",
  "@anthropic-ai/sdk",
  "@corti/sdk",
  "@deepgram/sdk",
  "assemblyai",
];

interface Footprint {
  files: number;
  kb: number;
}

function measure(folder: string): Footprint {
  let files = 0;
  let bytes = 0;
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    if (!item.isFile() || path.slice(folder.length).includes("node_modules")) continue;
    files++;
    bytes += statSync(path).size;
  }
  return { files, kb: bytes / 1000 };
}

function dependenciesOf(folder: string): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return Object.keys(dependencies);
}

/** Returns the folder in which Node finds a package, as seen from another folder. */
function resolve(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function closure(name: string, from: string, found: Set<string>): void {
  const folder = resolve(name, from);
  if (folder === undefined || found.has(folder)) return;
  found.add(folder);
  for (const dependency of dependenciesOf(folder)) closure(dependency, folder, found);
}

function packed(): Footprint {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [pack] = JSON.parse(output) as [{ entryCount: number; unpackedSize: number }];
  return { files: pack.entryCount, kb: pack.unpackedSize / 1000 };
}

interface Installed {
  readonly client: string;
  readonly role: "sdk" | "peer";
  readonly own?: Footprint;
  readonly all?: Footprint;
  readonly packages?: number;
  readonly failure?: string;
}

function installed(
  client: string,
  own: Footprint,
  folders: ReadonlySet<string>,
  role: "sdk" | "peer",
): Installed {
  const all = { ...own };
  for (const folder of folders) {
    const one = measure(folder);
    all.files += one.files;
    all.kb += one.kb;
  }
  return { client, role, own, all, packages: folders.size };
}

function measureAll(peers: boolean): readonly Installed[] {
  const dependencies = new Set<string>();
  for (const name of dependenciesOf(ROOT)) closure(name, ROOT, dependencies);
  const found = [installed("heidi", packed(), dependencies, "sdk")];
  for (const peer of peers ? PEERS : []) {
    const folder = resolve(peer, benchPath("."));
    if (folder === undefined) {
      found.push({ client: peer, role: "peer", failure: "not installed" });
      continue;
    }
    const folders = new Set<string>();
    for (const name of dependenciesOf(folder)) closure(name, folder, folders);
    found.push(installed(peer, measure(folder), folders, "peer"));
  }
  return found;
}

async function run(context: Context): Promise<readonly Metric[]> {
  const found = measureAll(context.peers);
  const entries = (pick: (one: Installed) => number | undefined): readonly Entry[] =>
    found.map((one) => {
      const value = pick(one);
      return {
        client: one.client,
        role: one.role,
        samples: value === undefined ? [] : [value],
        failure: one.failure,
      };
    });
  const better = "lower";
  return [
    {
      id: "footprint-files",
      title: "Package, files",
      unit: "files",
      better,
      entries: entries(({ own }) => own?.files),
    },
    {
      id: "footprint-size",
      title: "Package, unpacked",
      unit: "kB",
      better,
      entries: entries(({ own }) => own?.kb),
    },
    {
      id: "footprint-installed",
      title: "Package with all dependencies, unpacked",
      unit: "kB",
      better,
      entries: entries(({ all }) => all?.kb),
    },
    {
      id: "footprint-dependencies",
      title: "Packages installed with it",
      unit: "packages",
      better,
      entries: entries(({ packages }) => packages),
    },
  ];
}

export const footprint: Row = { id: "footprint", quick: true, run };
