import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { node } from "./tools.ts";

const installed = join(inject("installed").esm, "node_modules/heidi-health-sdk");
const root = fileURLToPath(new URL("../..", import.meta.url));
const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
const textOf = (file: string): string => readFileSync(join(installed, "dist", file), "utf8");

/** The packages whose code is in a built file, by its source map. */
const packagesIn = (file: string): string[] =>
  (JSON.parse(textOf(file)) as { sources: string[] }).sources.flatMap(
    (source) => /(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [],
  );
const maps = files.filter((file) => file.endsWith(".map"));
const bundled = new Set(maps.flatMap(packagesIn));

/** The sections of the notice: `## name version`, then the text. */
const notices = new Map(
  readFileSync(join(installed, "THIRD_PARTY_LICENSES.md"), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
);

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The parts of a bill of materials that matter here. */
interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly "bom-ref": string } };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly hashes: readonly unknown[];
    readonly licenses: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const manifestOf = (name: string): Manifest =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as Manifest;
/** Debian's own npm is older. */
const hasSbom =
  execFileSync("npm", ["--version"], { encoding: "utf8" }).localeCompare("10.2", "en", { numeric: true }) > 0;
const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe("the code of other packages in the built files", () => {
  it("is named in the notice with the versions that were built in, and nothing else is", () => {
    expect(bundled.size).toBeGreaterThan(0);
    expect([...notices.keys()].sort()).toEqual(
      [...bundled].map((name) => `${name} ${manifestOf(name).version}`).sort(),
    );
  });

  it.each([...bundled])("has the whole license of %s beside it", (name) => {
    const { version, license } = manifestOf(name);
    const notice = plain(notices.get(`${name} ${version}`) ?? "");
    expect(license).toBe("MIT");
    expect(notice).toMatch(
      /Copyright \(c\) \d{4}.* Permission is hereby granted, .* DEALINGS IN THE SOFTWARE\./,
    );
    const file = ["LICENSE", "LICENSE.md"]
      .map((one) => join(root, "node_modules", name, one))
      .find((path) => existsSync(path));
    if (file !== undefined) expect(notice).toContain(plain(readFileSync(file, "utf8")));
  });

  it.skipIf(!hasSbom)(
    "is in the bill of materials, beside the dependencies and nothing else (needs npm 10.2)",
    async () => {
      const { code, stdout, output } = await node(["--import", "tsx", "scripts/sbom.ts"]);
      expect(code, output).toBe(0);
      const { bomFormat, metadata, components, dependencies } = JSON.parse(stdout) as Bom;
      const refOf = (name: string): string => `${name}@${manifestOf(name).version}`;
      const direct = ["openapi-fetch", "undici", ...bundled].map(refOf);
      expect(bomFormat).toBe("CycloneDX");
      expect(metadata.component.name).toBe("heidi-health-sdk");
      expect(components.map((component) => component["bom-ref"]).sort()).toEqual(
        [...direct, refOf("openapi-typescript-helpers")].sort(),
      );
      const own = dependencies.find(({ ref }) => ref === metadata.component["bom-ref"]);
      expect([...(own?.dependsOn ?? [])].sort()).toEqual(direct.sort());
      for (const { hashes, licenses } of components) {
        expect(hashes).toHaveLength(1);
        expect(licenses).toEqual([{ license: { id: "MIT" } }]);
      }
    },
  );

  it("is for the sandbox alone", () => {
    const users = maps.filter((file) => packagesIn(file).length > 0);
    expect(users.filter((file) => !/^sandbox\.[cm]js\.map$/.test(file))).toEqual([]);
  });

  it("is named in no declaration: a project that compiles ours does not have it", () => {
    const declarations = files.filter((file) => /\.d\.[cm]ts$/.test(file));
    expect(declarations.length).toBeGreaterThan(3);
    for (const file of declarations)
      for (const name of bundled) expect(textOf(file).includes(name), `${file}: ${name}`).toBe(false);
  });
});
