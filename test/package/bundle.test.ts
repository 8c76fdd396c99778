import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "tsdown";
import { describe, expect, inject, it } from "vitest";

const { esm } = inject("installed");
// A guard against growth of what a page loads at first. The goal is 12 KiB, which needs uploads, streams, waits and the
// token cache to load on first use too.
const MAX_GZIP_BYTES = 40 * 1024;

const minimalClient = `
import { Heidi } from "heidi-health-sdk";
export const start = (token) => Heidi.withToken(token).sessions.create();
`;

interface Bundle {
  readonly code: string;
  /** What is loaded at first: the rest waits until it is used. */
  readonly firstCode: string;
  readonly modules: readonly string[];
  readonly external: readonly string[];
}

/** Bundles a file of the project with the conditions that a runtime's bundler sets, dependencies included. */
async function bundle(source: string, conditions: readonly string[]): Promise<Bundle> {
  const entry = join(esm, `bundle-${conditions.join("-")}.mjs`);
  await writeFile(entry, source);
  const [result] = await build({
    config: false,
    cwd: esm,
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
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    external: chunks
      .flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
      .filter((id) => !own.has(id)),
  };
}

describe.each([
  { runtime: "a browser", conditions: ["browser"] },
  { runtime: "a worker", conditions: ["workerd", "worker", "browser"] },
  { runtime: "an edge function", conditions: ["edge-light"] },
  { runtime: "Deno", conditions: ["deno", "node"] },
  { runtime: "Bun", conditions: ["bun", "node"] },
  { runtime: "a runtime that names no condition", conditions: [] },
])("a bundle for $runtime", ({ conditions }) => {
  it("has nothing of Node in it and sends by the platform's fetch", async () => {
    const { modules, external, code } = await bundle(minimalClient, conditions);
    expect(external).toEqual([]);
    expect(modules.filter((id) => id.includes("node_modules/undici"))).toEqual([]);
    expect(modules.some((id) => /heidi-health-sdk\/dist\/.*fetch/.test(id))).toBe(true);
    expect(code).not.toMatch(/["']node:/);
    expect(code).not.toMatch(/\bprocess\.env\b/);
  });
});

it("would notice undici, which a bundle for Node does have", async () => {
  const { modules, external } = await bundle(minimalClient, ["node"]);
  expect([...modules, ...external].filter((id) => id.includes("undici")).length).toBeGreaterThan(1);
});

describe("a browser's bundle of a minimal client", () => {
  it("stays within its budget, minified and compressed", async () => {
    const { firstCode } = await bundle(minimalClient, ["browser"]);
    expect(gzipSync(firstCode, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES);
  });
});
