import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { operations } from "../../../generated/operations.ts";
import { writeLlmsFiles } from "../../../scripts/site/llms.ts";
import { pages } from "../../../scripts/site/pages.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(at(path), "utf8");
const { files } = JSON.parse(read("package.json")) as { readonly files: readonly string[] };

const folder = mkdtempSync(join(tmpdir(), "heidi-llms-"));
writeLlmsFiles(folder);
const index = readFileSync(join(folder, "llms.txt"), "utf8");
const full = readFileSync(join(folder, "llms-full.txt"), "utf8");
afterAll(() => rmSync(folder, { recursive: true }));

describe("the files for language models", () => {
  it("are in the package, and name only files that are in it", () => {
    expect(files).toEqual(expect.arrayContaining(["llms.txt", "llms-full.txt"]));
    const links = [...index.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(15);
    expect(links.filter((path) => !existsSync(at(path)) && !existsSync(join(folder, path)))).toEqual([]);
    const isPackaged = (path: string): boolean =>
      files.some((name) => path === name || path.startsWith(`${name}/`));
    expect(links.filter((path) => !isPackaged(path))).toEqual([]);
  });

  it("have every page of docs/, and the signature of every operation", () => {
    const docs = pages.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
    expect(docs.filter((path) => !full.includes(read(path).trim()))).toEqual([]);
    const signatures = Object.keys(operations).length;
    expect(full.match(/\): (?:ApiPromise|JsonStream)</g)?.length).toBeGreaterThanOrEqual(signatures);
  });
});
