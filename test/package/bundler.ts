import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";

export interface Bundle {
  readonly code: string;
  /** What is loaded at first: the rest waits until it is used. */
  readonly firstCode: string;
  /** All of it, the entry first: what a host would serve. */
  readonly files: readonly { readonly name: string; readonly code: string }[];
  readonly modules: readonly string[];
  readonly external: readonly string[];
}

/** Bundles a file of the project in the folder with the conditions that a runtime's bundler sets, dependencies included. */
export async function bundle(folder: string, source: string, conditions: readonly string[]): Promise<Bundle> {
  // Files that run at the same time bundle in the same project.
  const entry = join(await mkdtemp(join(folder, "bundle-")), "entry.mjs");
  await writeFile(entry, source);
  const [result] = await build({
    config: false,
    cwd: folder,
    entry: [entry],
    format: "esm",
    platform: "neutral",
    target: "es2022",
    minify: true,
    dts: false,
    write: false,
    clean: false,
    report: false,
    logLevel: "error",
    deps: { alwaysBundle: [/.*/], onlyBundle: false },
    inputOptions: { resolve: { conditionNames: [...conditions, "import", "default"] } },
  });
  const chunks = (result?.chunks ?? []).flatMap((chunk) => (chunk.type === "chunk" ? [chunk] : []));
  const own = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set(chunks.filter((chunk) => chunk.isEntry));
  for (const chunk of first) {
    for (const name of chunk.imports) {
      const imported = own.get(name);
      if (imported) first.add(imported);
    }
  }
  return {
    code: chunks.map(({ code }) => code).join("\n"),
    firstCode: [...first].map(({ code }) => code).join("\n"),
    files: chunks
      .toSorted((one, other) => Number(other.isEntry) - Number(one.isEntry))
      .map(({ fileName, code }) => ({ name: fileName, code })),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    external: chunks
      .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
      .filter((id) => !own.has(id)),
  };
}
