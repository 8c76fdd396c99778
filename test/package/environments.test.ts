import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type TransformOptions, transformAsync } from "@babel/core";
import { transform as swc } from "@swc/core";
import { build } from "esbuild";
import { describe, expect, inject, it } from "vitest";
import { command, node } from "./tools.ts";

const { esm } = inject("installed");

const subclass = `
  class ClinicError extends HeidiNotFoundError {
    constructor(message, ward) { super(message, { status: 404, headers: new Headers(), body: "" }); this.ward = ward; }
  }
  const error = new ClinicError("gone", 7);
  const seen = [ClinicError, HeidiNotFoundError, HeidiApiError, HeidiError, Error].map((kind) => error instanceof kind);
  const others = [HeidiServerError, HeidiTimeoutError].map((kind) => error instanceof kind);
  console.log(JSON.stringify({ seen, others, plain: new HeidiError("x") instanceof ClinicError, ward: error.ward, ours: isHeidiError(error) }));
`;
const right = {
  seen: [true, true, true, true, true],
  others: [false, false],
  plain: false,
  ward: 7,
  ours: true,
};
const names =
  "HeidiNotFoundError, HeidiApiError, HeidiError, HeidiServerError, HeidiTimeoutError, isHeidiError";

describe("a subclass of an error that is compiled to ES5", () => {
  it.each([
    {
      by: "Babel",
      compile: async (code: string) =>
        (
          await transformAsync(code, {
            ...{
              configFile: false,
              babelrc: false,
              presets: [["@babel/preset-env", { targets: { ie: "11" }, modules: false }]],
            },
            cwd: join(import.meta.dirname, "../.."),
          })
        )?.code ?? "",
    },
    {
      by: "SWC",
      compile: async (code: string) =>
        (await swc(code, { swcrc: false, configFile: false, jsc: { target: "es5", externalHelpers: false } }))
          .code,
    },
  ])("by $by works, and is what it extends [R25]", async ({ compile }) => {
    const code = `const { ${names} } = require("heidi-health-sdk");${await compile(subclass)}`;
    const { output } = await node(["--input-type=commonjs", "-e", code], { cwd: esm });
    expect(JSON.parse(output)).toEqual(right);
  });
});

it("knows the errors of another minified copy by their classes [R25]", async () => {
  const folder = await mkdtemp(join(esm, "minified-"));
  const entry = join(folder, "entry.mjs");
  await writeFile(entry, `export { ${names} } from "heidi-health-sdk";`);
  for (const copy of ["one", "other"])
    await build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      platform: "browser",
      format: "esm",
      outfile: join(folder, `${copy}.mjs`),
      banner: { js: `/* ${copy} */` },
    });
  const script = `const [one, other] = [await import("./one.mjs"), await import("./other.mjs")];
    const error = new one.HeidiNotFoundError("gone", { status: 404, headers: new Headers(), body: "" });
    class Own extends other.HeidiError {}
    console.log(one.HeidiError === other.HeidiError, ...["HeidiNotFoundError", "HeidiApiError", "HeidiError", "HeidiServerError"].map((name) => error instanceof other[name]), other.isHeidiError(error), error instanceof Own);`;
  const { output } = await node(["--input-type=module", "-e", script], { cwd: folder });
  await rm(folder, { recursive: true, force: true });
  expect(output).toBe("false true true true false true false\n");
});

const call = `import { Heidi } from "heidi-health-sdk";
  import { createSandbox } from "heidi-health-sdk/sandbox";
  const sandbox = await createSandbox();
  const lines = [];
  const warn = (line) => lines.push(line);
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl, logLevel: "warn", logger: { warn, error: warn, info() {}, debug() {} } });
  const { session_id } = await heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" }).sessions.create({});
  console.log(JSON.stringify({ made: typeof session_id, lines }));`;

it("sends by the platform's fetch where timers are numbers, as in an Electron renderer [R26]", async () => {
  // A renderer's fetch is Chromium's, which has no use for these timers; Node's own would need its own.
  const script = `const { setTimeout: own, clearTimeout: end } = globalThis;
    const timers = new Map();
    let last = 0;
    globalThis.setTimeout = (...given) => { timers.set(++last, own(...given)); return last; };
    globalThis.clearTimeout = (id) => end(timers.get(id) ?? id);
    const { Heidi } = await import("heidi-health-sdk");
    const { createSandbox } = await import("heidi-health-sdk/sandbox");
    const { apiKey, baseUrl, fetch } = await createSandbox({ port: false });
    globalThis.fetch = fetch;
    const lines = [];
    const warn = (line) => lines.push(line);
    const logger = { warn, error: warn, info() {}, debug() {} };
    const user = new Heidi({ apiKey, baseUrl, logLevel: "warn", logger })
      .forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
    const { session_id } = await user.sessions.create({});
    await user.sessions.get(session_id);
    console.log(JSON.stringify({ made: typeof session_id, lines }));`;
  const { output } = await node(["--input-type=module", "-e", script], { cwd: esm });
  expect(JSON.parse(output)).toEqual({
    made: "string",
    lines: [expect.stringContaining("needs Node's timers")],
  });
});

it("works with a release of undici that hides its private files [R55]", async () => {
  const path = join(esm, "node_modules/undici/package.json");
  const before = await readFile(path, "utf8");
  await writeFile(
    path,
    JSON.stringify({ ...(JSON.parse(before) as object), exports: { ".": "./index.js" } }),
  );
  try {
    const hidden = `import("undici/lib/dispatcher/agent.js").catch(({ code }) => console.log(code))`;
    expect((await node(["--input-type=module", "-e", hidden], { cwd: esm })).output).toBe(
      "ERR_PACKAGE_PATH_NOT_EXPORTED\n",
    );
    const { output } = await node(["--input-type=module", "-e", call], { cwd: esm });
    expect(JSON.parse(output)).toEqual({ made: "string", lines: [] });
  } finally {
    await writeFile(path, before);
  }
});

it("lets a test run end whose assertion failed before the sandbox was closed [R53]", async () => {
  const file = join(await mkdtemp(join(esm, "hangs-")), "failing.test.mjs");
  await writeFile(
    file,
    `import { it } from "node:test"; import assert from "node:assert";
     import { Heidi } from "heidi-health-sdk"; import { createSandbox } from "heidi-health-sdk/sandbox";
     it("fails", async () => { const sandbox = await createSandbox(); const heidi = new Heidi(sandbox.baseUrl ? { apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl } : {});
       await heidi.forUser({ email: "a@b.example", thirdPartyInternalId: "1" }).sessions.create({}); assert.fail("on purpose"); });`,
  );
  const { code, output } = await node(["--test", file], { cwd: esm });
  expect(output).toContain("on purpose");
  expect(code).toBe(1);
});

it("has declarations for a project without @types/node, checked whole [R28]", async () => {
  const folder = await mkdtemp(join(esm, "types-"));
  await writeFile(
    join(folder, "use.mts"),
    `import { Heidi } from "heidi-health-sdk"; import { createSandbox } from "heidi-health-sdk/sandbox";
    export const notes = (heidi: Heidi) => heidi.forUser({ email: "", thirdPartyInternalId: "" }).consultNotes.generate;
    export const open = () => createSandbox();`,
  );
  const compilerOptions = {
    strict: true,
    declaration: true,
    skipLibCheck: false,
    types: [],
    lib: ["es2022", "dom"],
    target: "es2022",
  };
  const resolution = { module: "nodenext", moduleResolution: "nodenext", outDir: "out" };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...resolution }, files: ["use.mts"] }),
  );
  expect((await node([command("typescript", "tsc"), "-p", folder], { cwd: esm })).output).toBe("");
});

it("is code that React Native's preset takes [R56]", async () => {
  const preset = createRequire(import.meta.url).resolve("@react-native/babel-preset");
  for (const name of ["core", "call", "tokens", "stream", "upload", "wait", "more", "http-client/fetch"]) {
    const path = join(esm, `node_modules/heidi-health-sdk/dist/${name}.mjs`);
    const options: TransformOptions = {
      configFile: false,
      babelrc: false,
      presets: [preset],
      filename: path,
      compact: true,
    };
    expect((await transformAsync(await readFile(path, "utf8"), options))?.code?.length, name).toBeGreaterThan(
      100,
    );
  }
});

it("calls for JSON where there is no TextDecoder, as in React Native and Jest's jsdom [R56]", async () => {
  const script = `const body = Buffer.from(JSON.stringify({ session_id: "caf\u00e9 \u{1F600}" }));
    const answer = { ok: true, status: 200, headers: new Headers({ "content-type": "application/json" }), body: null, arrayBuffer: async () => body.buffer.slice(body.byteOffset, body.byteOffset + body.length) };
    delete globalThis.TextDecoder;
    delete globalThis.ReadableStream;
    const { Heidi } = await import("heidi-health-sdk");
    console.log((await Heidi.withToken("a.b.c", { fetch: async () => answer }).sessions.create()).session_id);`;
  const { output } = await node(["--input-type=module", "-e", script], { cwd: esm });
  expect(output).toBe("caf\u00e9 \u{1F600}\n");
});

it.each([
  [
    "a property that everything has",
    `Object.prototype.extended = function extended() { return "extended"; };`,
  ],
  [
    "no global crypto",
    `Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });`,
  ],
])("is loaded and runs a whole consult with %s, from both formats [R33]", async (_, change) => {
  const body = `
    const results = [];
    for (const how of ["own connections", "sandbox.fetch"]) {
      const sandbox = await createSandbox({ streamDelayMs: 0, timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } });
      const stored = new Map();
      const tokenStore = { get: async (key) => stored.get(key), set: async (key, value) => { stored.set(key, value); }, delete: async (key) => { stored.delete(key); } };
      const { apiKey, baseUrl } = sandbox;
      const heidi = new Heidi({ apiKey, baseUrl, tokenStore, ...(how === "sandbox.fetch" ? { fetch: sandbox.fetch } : {}) });
      const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
      const bytes = new Uint8Array(70_000); bytes.set([0x49, 0x44, 0x33, 4]);
      const { session_id } = await clinician.sessions.create({ ehr_appointment_id: "1" });
      const stream = (async function* () { yield bytes; })();
      for (const file of [new Blob([bytes]), bytes, { data: stream, contentType: "audio/mpeg" }]) await clinician.transcription.uploadAudio(session_id, { file });
      const recording = await clinician.transcription.startRecording((await clinician.sessions.create({})).session_id);
      await recording.append(new Blob([bytes]));
      await recording.finish();
      for await (const session of clinician.sessions.iterateLinkedUser()) session.session_id;
      const { note } = await clinician.consult({ patient: { ehr_patient_id: "2", first_name: "A", last_name: "B" }, audio: { data: bytes, filename: "visit.mp3" }, session: { ehr_appointment_id: "2" } }).result();
      const sent = JSON.stringify(sandbox.requests.map(({ inputs, headers }) => [inputs, headers]));
      results.push([typeof note, sent.includes("extended"), sandbox.state().users[0].sessions.length]);
      await heidi.close();
      await sandbox.close();
    }
    console.log(JSON.stringify(results));`;
  const names = `{ Heidi } = NS("heidi-health-sdk"), { createSandbox } = NS("heidi-health-sdk/sandbox");`;
  const formats = {
    module: `const ${names.replaceAll("NS", "await import")}`,
    commonjs: `const ${names.replaceAll("NS", "require")}`,
  };
  for (const [format, load] of Object.entries(formats)) {
    const code = `${change} (async () => { ${load} ${body} })();`;
    const { stdout, output } = await node([`--input-type=${format}`, "-e", code], { cwd: esm });
    const seen: unknown = stdout === "" ? output : JSON.parse(stdout);
    expect(seen, format).toEqual([
      [expect.any(String), false, 3],
      [expect.any(String), false, 3],
    ]);
  }
});
