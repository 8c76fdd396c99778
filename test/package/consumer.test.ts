import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import { command, node } from "./tools.ts";

const { esm, cjs } = inject("installed");
const tsc = command("typescript", "tsc");
const rows = Object.values(operations);

let sandbox: Awaited<ReturnType<typeof createSandbox>>;
beforeAll(async () => {
  sandbox = await createSandbox({ streamDelayMs: 0 });
});
afterAll(() => sandbox.close());

describe.each([
  { format: "ESM", cwd: esm },
  { format: "CommonJS", cwd: cjs },
])("a new $format project", ({ cwd }) => {
  beforeAll(async () => {
    // Both formats share their declarations, so that one look inside them is enough.
    const { output } = await node([tsc, "-p", ".", "--skipLibCheck", String(cwd === cjs)], { cwd });
    expect(output).toBe("");
  });

  it("compiles under bundler resolution", async () => {
    const bundler = ["--module", "esnext", "--moduleResolution", "bundler", "--noEmit", "--skipLibCheck"];
    const { output } = await node([tsc, "-p", ".", ...bundler], { cwd });
    expect(output).toBe("");
  });

  it("calls every operation under its public name", async () => {
    const { output, stdout } = await node(["out/operations.js"], { cwd });
    expect(output).toBe(stdout);
    const { called, served } = JSON.parse(stdout) as { called: string[]; served: string[] };
    expect(called.sort()).toEqual(rows.map(({ name }) => name).sort());
    expect([...new Set(served)].sort()).toEqual(rows.map(({ id }) => id).sort());
  });

  it("has a script with one call that exits by itself", async () => {
    const env = { HEIDI_API_KEY: sandbox.apiKey, HEIDI_BASE_URL: sandbox.baseUrl };
    const { code, stdout, output } = await node(["out/one-call.js"], { cwd, env });
    expect(output).toBe(stdout);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { lingeredMs: number }).lingeredMs).toBeLessThan(2000);
  });

  it("imports every entry without a socket, timer, look at the environment or word of output [H9]", async () => {
    const subpaths = ["", "/node", "/browser", "/sandbox", "/server", "/opentelemetry"];
    const entries = subpaths.map((path) => `heidi-health-sdk${path}`);
    const loads = entries.map((entry) => `import(${JSON.stringify(entry)})`).join(", ");
    // Node's own loader looks for two variables of its own: at every module, and at one that has a source map.
    const script = `const read = [];
    const own = ["WATCH_REPORT_DEPENDENCIES", "NODE_V8_COVERAGE"];
    const note = (_, key) => { if (!own.includes(key)) read.push(String(key)); };
    process.env = new Proxy(process.env, {
      get: (env, key) => (note(env, key), env[key]),
      has: (env, key) => (note(env, key), key in env),
      ownKeys: (env) => (note(env, "every key"), Reflect.ownKeys(env)),
    });
    Promise.all([${loads}]).then(() => setImmediate(() => {
      const globals = Reflect.ownKeys(globalThis).map(String).filter((key) => /undici|heidi/.test(key));
      console.log(JSON.stringify({ globals, read, resources: process.getActiveResourcesInfo() }));
    }));`;
    const { stdout, output } = await node(["-e", script], { cwd });
    expect(output).toBe(stdout);
    expect(JSON.parse(stdout)).toEqual({ globals: [], read: [], resources: [] });
  });
});

it("runs the README's consult as it is printed", async () => {
  const env = { HEIDI_API_KEY: sandbox.apiKey, HEIDI_BASE_URL: sandbox.baseUrl };
  const { code, output } = await node(["out/readme.js"], { cwd: esm, env });
  expect(output).not.toMatch(/error/i);
  expect(output.length).toBeGreaterThan(500);
  expect(code).toBe(0);
});

it("exports the same names in both formats, and no default", async () => {
  const script = `import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    for (const entry of ["", "/node", "/browser", "/sandbox", "/server", "/opentelemetry"].map((path) => "heidi-health-sdk" + path)) {
      const [esm, cjs] = [await import(entry), require(entry)].map((copy) => Object.keys(copy).sort());
      console.log(JSON.stringify({ entry, esm, cjs }));
    }`;
  const { stdout, output } = await node(["--input-type=module", "-e", script], { cwd: esm });
  expect(output).toBe(stdout);
  for (const line of stdout.trim().split("\n")) {
    const found = JSON.parse(line) as { esm: string[]; cjs: string[] };
    expect(found.esm.length).toBeGreaterThan(0);
    expect(found.cjs).toEqual(found.esm);
    expect(found.esm).not.toContain("default");
  }
});

it("needs OpenTelemetry's API for its own entry only, and names it where it is missing", async () => {
  const bare = await mkdtemp(join(tmpdir(), "heidi-bare-"));
  const filter = (path: string): boolean => !/node_modules\/@/.test(path);
  await cp(join(esm, "node_modules"), join(bare, "node_modules"), { recursive: true, filter });
  const script = `import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    for (const path of ["", "/node", "/browser", "/sandbox", "/server"]) {
      await import("heidi-health-sdk" + path);
      require("heidi-health-sdk" + path);
    }
    const { Heidi } = require("heidi-health-sdk");
    await new Heidi({ apiKey: "key" }).close();
    const failures = [await import("heidi-health-sdk/opentelemetry").catch((error) => error)];
    try { require("heidi-health-sdk/opentelemetry"); } catch (error) { failures.push(error); }
    console.log(JSON.stringify(failures.map(({ code, message }) => [code, message.includes("@opentelemetry/api")])));`;
  const { stdout, output } = await node(["--input-type=module", "-e", script], { cwd: bare });
  await rm(bare, { recursive: true, force: true });
  expect(output).toBe(stdout);
  expect(JSON.parse(stdout)).toEqual([
    ["ERR_MODULE_NOT_FOUND", true],
    ["MODULE_NOT_FOUND", true],
  ]);
});

it("keeps an error recognisable when it crosses from CommonJS to ESM [H8]", async () => {
  const script = `import { createRequire } from "node:module";
    import { Heidi, isHeidiError } from "heidi-health-sdk";
    const other = createRequire(import.meta.url)("heidi-health-sdk");
    if (other.Heidi === Heidi) throw new Error("expected two copies");
    try { new other.Heidi({ apiKey: "" }); } catch (error) { console.log(isHeidiError(error), other.isHeidiError(error)); }`;
  const { output } = await node(["--input-type=module", "-e", script], { cwd: esm });
  expect(output).toBe("true true\n");
});
