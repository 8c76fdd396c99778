import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { command, node } from "./tools.ts";

const { tarball, esm } = inject("installed");
const folder = join(esm, "node_modules/heidi-health-sdk");
const root = fileURLToPath(new URL("../..", import.meta.url));

const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
  statSync(join(folder, path)).isFile(),
);
const textOf = (path: string): string => readFileSync(join(folder, path), "utf8");
const manifest = JSON.parse(textOf("package.json")) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: unknown;
  exports: unknown;
  imports: unknown;
};

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

/** Every "./…" in a tree of conditions. */
function targetsOf(conditions: unknown): string[] {
  if (typeof conditions === "string") return [conditions];
  return Object.values(conditions as Record<string, unknown>).flatMap(targetsOf);
}

describe("the packed tarball", () => {
  it("passes publint with warnings as errors", async () => {
    const { code, output } = await node([command("publint", "publint"), "run", tarball, "--strict"]);
    expect(output).toContain("All good!");
    expect(code).toBe(0);
  });

  it("has right types for every entry, module format and way of resolving", async () => {
    const attw = command("@arethetypeswrong/cli", "attw");
    const asModules = ["--exclude-entrypoints", "openapi.yaml"];
    const { code, output } = await node([attw, tarball, "--no-definitely-typed", ...asModules]);
    expect(output).toContain("No problems found");
    expect(code).toBe(0);
  });

  it("has no import() in CommonJS, which Jest and other runners of it refuse", () => {
    const files = paths.filter((path) => path.endsWith(".cjs"));
    expect(files.length).toBeGreaterThan(3);
    for (const path of files)
      expect(readFileSync(join(folder, path), "utf8"), path).not.toMatch(/\bimport\(/);
  });

  it("has every file that its entries and conditions name", () => {
    const missing = [...targetsOf(manifest.exports), ...targetsOf(manifest.imports)].filter(
      (target) => !paths.includes(target.replace("./", "")),
    );
    expect(missing).toEqual([]);
  });

  it("brings two packages and what those need", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(["openapi-fetch", "undici"]);
    expect(manifest.peerDependenciesMeta).toEqual(
      Object.fromEntries(Object.keys(manifest.peerDependencies).map((name) => [name, { optional: true }])),
    );
    const installed = readdirSync(join(esm, "node_modules")).filter((name) => !/^[.@]/.test(name));
    expect(installed.sort()).toEqual([
      "heidi-health-sdk",
      "openapi-fetch",
      "openapi-typescript-helpers",
      "undici",
    ]);
  });

  it("holds built files, their sources, documents and examples only [I9]", () => {
    const wanted = [
      /^examples\/web-app\/([\w-]+\/)?[\w-]+\.(tsx?|html|css|json|md|png)$/,
      /^examples\/fleet\/[\w-]+\.(ts|json|md)$/,
      /^examples\/contract-ci\/([\w.-]+\/)*[\w-]+(\.test)?\.(js|json|md|yml)$/,
      /^dist\/[\w/.-]+\.((mjs|cjs|d\.mts|d\.cts)(\.map)?|yaml)$/,
      /^(src|generated)\/[\w/-]+(\.d)?\.ts$/,
      /^(package\.json|(docs\/[\w-]+|README|CHANGELOG|SECURITY|THIRD_PARTY_LICENSES)\.md|llms(-full)?\.txt|LICENSE)$/,
    ];
    expect(paths.filter((path) => !wanted.some((form) => form.test(path)))).toEqual([]);
  });

  it("can be debugged: readable code whose maps lead to sources that are there", () => {
    const built = paths.filter((path) => /^dist\/.*\.([cm]js|d\.[cm]ts)$/.test(path));
    const mapped = built.filter((path) => paths.includes(`${path}.map`));
    expect(mapped.length).toBeGreaterThan(30);
    for (const path of mapped) {
      expect(textOf(path), path).toContain(`//# sourceMappingURL=${basename(path)}.map`);
      const { sources, sourcesContent } = JSON.parse(textOf(`${path}.map`)) as SourceMap;
      // The source of a bundled package is not in ours; its text is in the map.
      const isThere = (source: string, index: number): boolean =>
        source.includes("node_modules/")
          ? (sourcesContent?.[index] ?? "") !== ""
          : paths.includes(join(dirname(path), source));
      expect(
        sources.filter((source, index) => !isThere(source, index)),
        path,
      ).toEqual([]);
      expect(sources.length, path).toBeGreaterThan(0);
    }
    // Imports and exports between the files are one line each.
    const code = textOf("dist/core.mjs")
      .split("\n")
      .filter((line) => !/^(import|export) /.test(line));
    expect(code.some((line) => /^\t+\/\*\*/.test(line))).toBe(true);
    expect(Math.max(...code.map((line) => line.length))).toBeLessThan(500);
  });

  it("holds no secret, no recording and no path of the machine that built it [I9]", () => {
    const traces = [root, homedir(), hostname(), process.env["HEIDI_API_KEY"]].filter(
      (trace): trace is string => trace !== undefined && trace.length > 4,
    );
    const secrets = [
      /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g,
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/g,
      /\b(sk|pk|ghp|npm)_[A-Za-z0-9]{20,}/g,
      /\bAKIA[A-Z0-9]{16}\b/g,
    ];
    // The invented tokens of the API description's examples.
    const overlays = join(root, "openapi/overlays");
    const examples = readdirSync(overlays).map((name) => readFileSync(join(overlays, name), "utf8"));
    const isExample = (what: string): boolean => examples.some((text) => text.includes(what));
    const found = paths.flatMap((path) => {
      const text = textOf(path);
      const matches = secrets
        .flatMap((secret) => text.match(secret) ?? [])
        .filter((what) => !isExample(what));
      return [...matches, ...traces.filter((trace) => text.includes(trace))].map(
        (what) => `${path}: ${what}`,
      );
    });
    expect(found).toEqual([]);
  });
});
