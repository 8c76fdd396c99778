import { gzipSync } from "node:zlib";
import { describe, expect, inject, it } from "vitest";
import { bundle as bundleIn } from "./bundler.ts";

const { esm } = inject("installed");
const bundle = (source: string, conditions: readonly string[]) => bundleIn(esm, source, conditions);
// A guard against growth of what a page loads at first. The goal is 12 KiB, which needs uploads, streams, waits and the
// token cache to load on first use too.
const MAX_GZIP_BYTES = 40 * 1024;

const minimalClient = `
import { Heidi } from "heidi-health-sdk";
export const start = (token) => Heidi.withToken(token).sessions.create();
`;

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
