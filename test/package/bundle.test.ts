import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, inject, it } from "vitest";
import { bundle as bundleIn } from "./bundler.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");
const bundle = (source: string, conditions: readonly string[]) => bundleIn(esm, source, conditions);
// A guard against growth, beside the limit for the first answer.
const MAX_FIRST_BYTES = 20 * 1024;
/** By the time of the first response. */
const MAX_ANSWER_BYTES = 30 * 1024;

/** What recording in a browser adds. */
const MAX_RECORDING_BYTES = 8 * 1024;

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

const sizeOf = (code: string): number => gzipSync(code, { level: 9 }).length;

describe("a browser's bundle that records", () => {
  const recording = `export { recordMicrophone, recordStream, indexedDbStore } from "heidi-health-sdk/browser";`;

  it("has nothing of Node in it, and adds at most 8 KiB to the core, minified and compressed", async () => {
    const core = `export { Heidi, segmentRecording } from "heidi-health-sdk";`;
    const [alone, both] = await Promise.all([
      bundle(core, ["browser"]),
      bundle(`${core}\n${recording}`, ["browser"]),
    ]);
    expect(both.external).toEqual([]);
    expect(both.code).not.toMatch(/["']node:/);
    expect(both.firstCode).toContain("AES-GCM");
    expect(sizeOf(both.firstCode) - sizeOf(alone.firstCode)).toBeLessThanOrEqual(MAX_RECORDING_BYTES);
  });
});

describe("a browser's bundle with OpenTelemetry", () => {
  it("has nothing of Node in it, and OpenTelemetry only where its entry is used", async () => {
    const telemetry = `export { openTelemetry } from "heidi-health-sdk/opentelemetry";`;
    const [alone, both] = await Promise.all([
      bundle(minimalClient, ["browser"]),
      bundle(`${minimalClient}\n${telemetry}`, ["browser"]),
    ]);
    expect(both.external).toEqual([]);
    expect(both.code).not.toMatch(/["']node:/);
    expect(both.code).toContain("heidi.client.call.duration");
    expect(alone.modules.filter((id) => id.includes("opentelemetry"))).toEqual([]);
  });
});

describe("a browser's bundle of a minimal client", () => {
  it("stays within its budget at first, minified and compressed", async () => {
    const { firstCode } = await bundle(minimalClient, ["browser"]);
    expect(sizeOf(firstCode)).toBeLessThanOrEqual(MAX_FIRST_BYTES);
  });

  it("loads for its first call what sends it, and nothing of uploads, streams, waits and whole consults", async () => {
    const { files } = await bundle(minimalClient, ["browser"]);
    const folder = await mkdtemp(join(tmpdir(), "heidi-page-"));
    for (const { name, code } of files)
      await writeFile(join(folder, name), `(globalThis.loaded ??= []).push(${JSON.stringify(name)});${code}`);
    const script = `const { start } = await import(${JSON.stringify(pathToFileURL(join(folder, files[0]?.name ?? "")).href)});
      globalThis.fetch = async () => Response.json({ session_id: "1" });
      await start("a.b.c");
      console.log(JSON.stringify(globalThis.loaded));`;
    const { stdout, output } = await node(["--input-type=module", "-e", script]);
    await rm(folder, { recursive: true, force: true });
    expect(output).toBe(stdout);
    const loaded = JSON.parse(stdout) as string[];
    expect(
      loaded.filter((name) => /^(?:upload|stream|wait|more|course|tokens|recording)/.test(name)),
    ).toEqual([]);
    const sizes = files.filter(({ name }) => loaded.includes(name)).map(({ code }) => sizeOf(code));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
  });
});
