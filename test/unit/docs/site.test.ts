import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildSite } from "../../../scripts/site/build.ts";
import { errorClasses } from "../../../scripts/site/error-classes.ts";
import { pages } from "../../../scripts/site/pages.ts";

const folder = mkdtempSync(join(tmpdir(), "heidi-site-"));
const pageOf = (path: string): string => readFileSync(join(folder, path), "utf8");

let problems: readonly string[];
beforeAll(async () => {
  problems = await buildSite(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("the site is built without a warning, a broken link or a resource of another host", () => {
  expect(problems).toEqual([]);
});

it("the site has each page at the address of its file, as HTML and as Markdown", () => {
  for (const { path } of pages) {
    expect(existsSync(join(folder, path)), path).toBe(true);
    expect(existsSync(join(folder, path.replace(/md$/, "html"))), path).toBe(true);
  }
});

it("the site has an anchor and a page for each error class", () => {
  const errors = pageOf("docs/errors.html");
  expect(errorClasses().length).toBeGreaterThan(15);
  for (const { name, entry } of errorClasses()) {
    expect(errors).toContain(`id="${name.toLowerCase()}"`);
    expect(pageOf(`${entry}/${name}.html`)).toContain(name);
  }
});

it("the site has the comments of operations, with their examples", () => {
  const sessions = pageOf("heidi-health-sdk/SessionsApi.html");
  expect(sessions).toContain("getSession");
  expect(sessions).toContain("Example");
});
