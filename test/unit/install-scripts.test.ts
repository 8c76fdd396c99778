import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../scripts/spec/effective.ts";

const textOf = (path: string): string => readFileSync(join(projectRoot, path), "utf8");

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

interface Locked {
  readonly name?: string;
  readonly hasInstallScript?: boolean;
}

const { packages } = JSON.parse(textOf("package-lock.json")) as { packages: Record<string, Locked> };
const { allowScripts = {} } = JSON.parse(textOf("package.json")) as Manifest;

/** A package of another platform is in the lock file and not on the disk. */
function scriptsOf(path: string): Readonly<Record<string, string>> {
  try {
    return (JSON.parse(textOf(join(path, "package.json"))) as Manifest).scripts ?? {};
  } catch {
    return {};
  }
}

describe("`npm ci` runs no code of a dependency", () => {
  it("because package-lock.json marks none of them with hasInstallScript; delete the line where npm adds one", () => {
    const marked = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(Object.keys(packages).length).toBeGreaterThan(500);
    expect(marked.map(([path]) => path)).toEqual([]);
  });

  it("and because `allowScripts` denies those that have scripts: npm install-scripts deny <name> adds one", () => {
    const withScripts = Object.entries(packages).flatMap(([path, { name }]) => {
      const { preinstall, install, postinstall } = scriptsOf(path);
      const has = path !== "" && [preinstall, install, postinstall].some((script) => script !== undefined);
      return has ? [name ?? path.replace(/.*node_modules\//, "")] : [];
    });
    expect(withScripts.length).toBeGreaterThan(0);
    expect(withScripts.filter((name) => allowScripts[name] !== false)).toEqual([]);
    expect(Object.values(allowScripts)).not.toContain(true);
    expect(textOf(".npmrc")).toMatch(/^strict-allow-scripts=true$/m);
  });

  it("also in CI, whatever its version of npm", () => {
    const folder = ".github/workflows";
    const files = [".ci/run", ...readdirSync(join(projectRoot, folder)).map((name) => join(folder, name))];
    const commands = files.flatMap((file) => textOf(file).match(/^.*\bnpm (ci|install|i)\b.*$/gm) ?? []);
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((command) => !command.includes("--ignore-scripts"))).toEqual([]);
  });
});
