import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createContext, runInNewContext, Script } from "node:vm";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, inject, it } from "vitest";

const { esm } = inject("installed");

/** What a service worker does with a recording, its consult against a sandbox in the same file. */
const program = `
import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
globalThis.run = async () => {
  const { apiKey, baseUrl, fetch } = await createSandbox();
  const heidi = new Heidi({ apiKey, baseUrl, fetch });
  const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await user.sessions.create({});
  const recording = await user.transcription.startRecording(session_id);
  await recording.append(new Blob([new TextEncoder().encode("OggS0")], { type: "audio/ogg" }));
  const { chunks } = await recording.finish();
  const codes = await user.clinicalCoding.getCodes(session_id, { coding_system: "SNOMED-CT" }).catch((error) => error.name);
  const note = await user.consultNotes
    .generate(session_id, { generation_method: "TEMPLATE", template_id: (await user.templates.list()).data[0].id, addition: "", voice_style: "BRIEF", brain: "LEFT" })
    .text();
  const template = await user.templates.getByName("none").catch((error) => error.name);
  return { chunks, isNote: note.length > 0, isCodes: codes !== undefined, template };
};
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(esm, "single-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A global object with the platform's own, in which \`import()\` fails, as it does in a service worker. */
function runScript(code: string): { run?: () => Promise<unknown> } {
  const names = Object.getOwnPropertyNames(globalThis).filter(
    (name) => !/^(?:process|Buffer|require)$/.test(name),
  );
  const scope: { run?: () => Promise<unknown> } = {};
  // The language's own objects come with the context: literals belong to them.
  const own = new Set(runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]);
  for (const name of names) if (!own.has(name)) Reflect.set(scope, name, Reflect.get(globalThis, name));
  createContext(scope);
  Reflect.set(scope, "globalThis", scope);
  new Script(code).runInContext(scope);
  return scope;
}

it("a single file, as service workers need it, loads no part of itself later [R48]", async () => {
  const entry = join(folder, "worker.mjs");
  await writeFile(entry, program);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    logLevel: "silent",
    tsconfigRaw: {},
  });
  expect(outputFiles).toHaveLength(1);
  const code = outputFiles[0]?.text ?? "";
  expect(await runScript(code).run?.()).toEqual({
    chunks: 1,
    isNote: true,
    isCodes: true,
    template: expect.stringMatching(/^Heidi/),
  });
});
