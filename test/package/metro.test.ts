import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { hasTools, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");

const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index * 7);
bytes.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
const hash = createHash("sha256").update(bytes).digest("hex");

/** An application as Metro's users write it: a token of their own server, a list, an upload, a note as it is written. */
const app = `
import { Heidi, isHeidiError } from "heidi-health-sdk";
const NOTE = { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" };
globalThis.runApp = async ({ provideToken, baseUrl }) => {
  const user = Heidi.withToken(provideToken, { baseUrl });
  const { data } = await user.templates.list();
  const { session_id } = await user.sessions.create({});
  const bytes = new Uint8Array(70000).map((_, index) => index * 7);
  bytes.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]);
  await user.transcription.uploadAudio(session_id, { file: { data: bytes, filename: "visit.mp3" } });
  let note = "";
  const stream = user.consultNotes.generate(session_id, { ...NOTE, template_id: data[0].id });
  for await (const piece of stream.textStream()) note += piece;
  const events = [];
  const audio = { data: new Blob([bytes], { type: "audio/mpeg" }), filename: "visit.mp3" };
  for await (const { type } of user.consult({ session: {}, audio, template_id: data[0].id })) events.push(type);
  const refused = await user.sessions.get("0").catch((error) => [isHeidiError(error), error.name, error.status]);
  return { note, last: events.at(-1), refused };
};
`;

/** As `@react-native/metro-babel-transformer` does it, which comes with React Native itself. */
const transformer = `
const { transformSync } = require(${JSON.stringify(tool("@babel/core"))});
exports.transform = ({ src, filename, options, plugins }) => {
  const preset = [${JSON.stringify(tool("@react-native/babel-preset"))}, { dev: options.dev, enableBabelRuntime: false }];
  const files = { filename, cwd: options.projectRoot, babelrc: false, configFile: false };
  const caller = { name: "metro", bundler: "metro", platform: options.platform };
  return transformSync(src, { ...files, caller, plugins, presets: [preset], ast: true, code: false, sourceType: "unambiguous" });
};
`;

/** Bundles with the settings of React Native's own configuration that bear on a package: conditions, fields, preset. */
const build = `
const { join } = require("node:path");
const { runBuild } = require(${JSON.stringify(tool("metro"))});
const { getDefaultConfig, mergeConfig } = require(${JSON.stringify(tool("metro-config"))});
const run = async () => {
  const runtime = ${JSON.stringify(tool("metro-runtime"))};
  const config = mergeConfig(await getDefaultConfig(__dirname), {
    projectRoot: __dirname,
    watchFolders: [__dirname, runtime],
    maxWorkers: 1,
    cacheStores: [],
    fileMapCacheDirectory: __dirname,
    reporter: { update() {} },
    resolver: {
      useWatchman: false,
      platforms: ["android", "ios"],
      resolverMainFields: ["react-native", "browser", "main"],
      unstable_conditionNames: ["react-native"],
    },
    transformer: {
      babelTransformerPath: join(__dirname, "transformer.cjs"),
      asyncRequireModulePath: join(runtime, "src/modules/asyncRequire.js"),
    },
  });
  await runBuild(config, { entry: "index.js", platform: "ios", dev: false, out: join(__dirname, "out.js"), minify: true });
};
run();
`;

/** Runs the bundle with the globals that React Native has and Node's own are not, against a sandbox outside. */
const runner = (shape: string): string => `
import { createContext, Script } from "node:vm";
import { readFileSync } from "node:fs";
import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { ShapedAbortController, ShapedRequest, ShapedSignal, shapedFetch } from ${JSON.stringify(shape)};
const sandbox = await createSandbox({ streamDelayMs: 1, timings: { transcriptionMs: 0, parsingMs: 0, codingMs: 0 } });
const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
const backend = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
let asked = 0;
const provideToken = async () => {
  asked += 1;
  return backend.token();
};
// React Native's timers are numbers.
const timers = new Map();
let last = 0;
const begin = (start) => (...given) => { timers.set(++last, start(...given)); return last; };
const end = (stop) => (id) => stop(timers.get(id));
const scope = {
  console, queueMicrotask, performance, Blob, File, FormData, Headers, URL, URLSearchParams, Response,
  setTimeout: begin(setTimeout), clearTimeout: end(clearTimeout),
  setInterval: begin(setInterval), clearInterval: end(clearInterval), setImmediate: begin(setImmediate),
  fetch: shapedFetch, Request: ShapedRequest, AbortController: ShapedAbortController, AbortSignal: ShapedSignal,
  navigator: { product: "ReactNative" },
};
scope.global = scope.window = scope.self = scope;
createContext(scope);
// Hermes has none of these.
new Script("delete globalThis.FinalizationRegistry; delete globalThis.SharedArrayBuffer; delete globalThis.WebAssembly; delete globalThis.Atomics;").runInContext(scope);
new Script(readFileSync("out.js", "utf8"), { filename: "out.js" }).runInContext(scope);
const told = await scope.runApp({ provideToken, baseUrl: sandbox.baseUrl });
await heidi.close();
await sandbox.close();
const sessions = sandbox.state().users[0].sessions.map(({ audio, consult_note }) => ({ hashes: audio.map(({ sha256 }) => sha256), note: consult_note.result }));
console.log(JSON.stringify({ asked, ...told, sessions }));
`;

describe.skipIf(!hasTools)("an application bundled by Metro (needs RUNTIMES)", () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "heidi-metro-"));
    await cp(join(esm, "node_modules"), join(project, "node_modules"), { recursive: true });
    const shape = join(import.meta.dirname, "../runtimes/cells/react-native-shape.mjs");
    const files = { "index.js": app, "transformer.cjs": transformer, "build.cjs": build };
    for (const [name, text] of Object.entries({ ...files, "run.mjs": runner(shape), "package.json": "{}" }))
      await writeFile(join(project, name), text);
  });
  afterAll(() => rm(project, { recursive: true, force: true }));

  it("runs with React Native's globals, as it is released [R56]", async () => {
    const built = await node([join(project, "build.cjs")], { cwd: project });
    expect(built.code, built.output).toBe(0);
    const code = await readFile(join(project, "out.js"), "utf8");
    // Nothing of Node, and nothing that Hermes would load later.
    expect(code).not.toMatch(/["']node:|require\(["']undici/);
    const { code: exit, stdout, output } = await node([join(project, "run.mjs")], { cwd: project });
    expect([output, exit]).toEqual([stdout, 0]);
    const { sessions, note, ...told } = JSON.parse(stdout) as {
      note: string;
      sessions: { hashes: string[]; note: string }[];
    };
    expect(told).toEqual({ asked: 1, last: "done", refused: [true, "HeidiNotFoundError", 404] });
    expect(note.length).toBeGreaterThan(100);
    expect(sessions.map((session) => session.hashes)).toEqual([[hash], [hash]]);
    expect(sessions[0]?.note).toBe(note);
  });
});
