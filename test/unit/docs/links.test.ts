import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { brokenLinks, externalResources } from "../../../scripts/site/links.ts";
import { pages } from "../../../scripts/site/pages.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "heidi-site-"));
  mkdirSync(join(folder, "docs"));
  writeFileSync(join(folder, "index.html"), '<h1 id="top"></h1><a href="docs/a.html#one&amp;two"></a>');
  writeFileSync(join(folder, "docs/a.html"), '<h2 id="one&amp;two"></h2><a href="../index.html#top"></a>');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the check of a built site", () => {
  it("accepts links to files and anchors that exist, and links to other hosts", () => {
    writeFileSync(join(folder, "b.html"), '<a href="https://heidi.example/x#y"></a><a href="#"></a>');
    expect(brokenLinks(folder)).toEqual([]);
  });

  it.each([
    ["a missing page", '<a href="docs/none.html"></a>', "b.html: docs/none.html"],
    ["a missing anchor", '<a href="docs/a.html#three"></a>', "b.html: docs/a.html#three"],
    ["a missing anchor of the same page", '<a href="#here"></a>', "b.html: #here"],
    ["a missing picture", '<img alt="" src="bars.svg"/>', "b.html: bars.svg"],
  ])("finds %s", (_, html, problem) => {
    writeFileSync(join(folder, "b.html"), html);
    expect(brokenLinks(folder)).toEqual([problem]);
  });

  it.each([
    '<script src="https://cdn.example/a.js"></script>',
    '<link rel="stylesheet" href="//cdn.example/a.css"/>',
    '<img src="https://cdn.example/a.png"/>',
  ])("finds what a page loads from another host: %s", (html) => {
    writeFileSync(join(folder, "b.html"), html);
    expect(externalResources(folder)).toHaveLength(1);
  });
});

describe("the list of pages", () => {
  it("has every page of docs/", () => {
    const docs = readdirSync(fileURLToPath(new URL("../../../docs", import.meta.url)));
    const listed = pages.map(({ path }) => path);
    expect(docs.filter((name) => !listed.includes(`docs/${name}`))).toEqual([]);
  });
});
