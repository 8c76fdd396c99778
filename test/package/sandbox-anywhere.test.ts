import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { bundle } from "./bundler.ts";
import { node } from "./tools.ts";

const { esm } = inject("installed");

/** What a test in a Worker or a page does: a sandbox of its own, and a client that is given its `fetch`. */
const integration = `
import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";

export async function run() {
  const sandbox = await createSandbox({ streamDelayMs: 0, timings: { transcriptionMs: 0 } });
  const { apiKey, baseUrl, fetch } = sandbox;
  const heidi = new Heidi({ apiKey, baseUrl, fetch });
  const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await user.sessions.create({});
  await user.transcription.uploadAudio(session_id, { file: { data: new Uint8Array(99), contentType: "audio/ogg" } });
  const { transcript } = await user.transcription.get(session_id);
  const { data: [template] } = await user.templates.list();
  const note = await user.consultNotes.generate(session_id, {
    generation_method: "TEMPLATE", template_id: template.id, addition: "", voice_style: "BRIEF", brain: "LEFT",
  }).text();
  const portless = [() => sandbox.url, () => sandbox.port].map((ask) => {
    try { return ask(); } catch (error) { return error.name; }
  });
  const [audio] = sandbox.state().users[0].sessions[0].audio;
  const refused = await createSandbox({ port: 0 }).catch(({ name, message }) => ({ name, message }));
  await sandbox.close();
  return { baseUrl, transcript, note, portless, sha256: audio.sha256, refused };
}
`;

describe.each([
  { runtime: "a browser", conditions: ["browser"] },
  { runtime: "a Worker", conditions: ["workerd", "worker", "browser"] },
  { runtime: "an edge function", conditions: ["edge-light"] },
  { runtime: "a runtime that names no condition", conditions: [] },
])("the sandbox in a bundle for $runtime", ({ conditions }) => {
  it("has nothing of Node in its graph, and runs a consult by its `fetch` alone", async () => {
    const { code, external, modules, files } = await bundle(esm, integration, conditions);
    expect(external).toEqual([]);
    expect(modules.some((id) => /heidi-health-sdk\/dist\/sandbox\.mjs/.test(id))).toBe(true);
    // Told as a fact, not as a text: a runner would print the whole bundle.
    expect(/["'`]node:/.test(code)).toBe(false);
    expect(/\bprocess\.env\b|\bBuffer\b/.test(code)).toBe(false);
    // In a worker made from a Blob, the address is no base for others.
    expect(code.includes("self.location")).toBe(false);
    const folder = await mkdtemp(join(tmpdir(), "heidi-anywhere-"));
    for (const file of files) await writeFile(join(folder, file.name), file.code);
    const entry = pathToFileURL(join(folder, files[0]?.name ?? "")).href;
    const script = `const { run } = await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(await run()));`;
    const { stdout, output } = await node(["--input-type=module", "-e", script]);
    await rm(folder, { recursive: true, force: true });
    expect(output).toBe(stdout);
    expect(JSON.parse(stdout)).toEqual({
      baseUrl: "https://sandbox.invalid/api/v2/ml-scribe/open-api",
      transcript: expect.stringContaining("Good morning, Karen."),
      note: expect.stringContaining("## Plan"),
      portless: ["HeidiConfigurationError", "HeidiConfigurationError"],
      // Of 99 zero bytes.
      sha256: "4b298058e1d5fd3f2fa20ead21773912a5dc38da3c0da0bbc7de1adfb6011f1c",
      refused: {
        name: "HeidiConfigurationError",
        message: expect.stringContaining("cannot listen in this runtime"),
      },
    });
  });
});

it.each([
  { runtime: "Node", conditions: ["node"] },
  { runtime: "Deno", conditions: ["deno", "node"] },
  { runtime: "Bun", conditions: ["bun", "node"] },
])("the sandbox in a bundle for $runtime listens, by Node's own modules", async ({ conditions }) => {
  const { code } = await bundle(esm, integration, conditions);
  for (const name of ["node:http", "node:crypto"]) expect(code.includes(name), name).toBe(true);
});

it("keeps its five consults out of a client's bundle", async () => {
  const client = `import { Heidi } from "heidi-health-sdk"; export const start = () => new Heidi();`;
  const { code } = await bundle(esm, client, ["browser"]);
  expect((await bundle(esm, integration, ["browser"])).code.includes("Good morning, Karen")).toBe(true);
  expect(code.includes("Good morning, Karen")).toBe(false);
});
