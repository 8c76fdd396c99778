import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { hasTools, RECORDING, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { esm, cjs } = inject("installed");

/** A whole consult of a component's test: the sandbox in the same program, uploads of each form, a note that streams. */
const body = `
  const sandbox = await createSandbox({ port: false, streamDelayMs: 0, timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } });
  const { apiKey, baseUrl, fetch } = sandbox;
  const clinician = new Heidi({ apiKey, baseUrl, fetch }).forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await clinician.sessions.create({ ehr_appointment_id: "caf\\u00e9 \\u{1F600}" });
  ${RECORDING}
  const stream = (async function* () { yield bytes.subarray(0, 40_000); yield bytes.subarray(40_000); })();
  const files = [...forms, stream];
  for (const file of files) await clinician.transcription.uploadAudio(session_id, { file });
  await clinician.sessionContext.uploadDocument(session_id, { file: new Blob(["%PDF-1.4 a letter"]), unstructured: true });
  const { transcript } = await clinician.transcription.get(session_id);
  const note = await clinician.consultNotes
    .generate(session_id, { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" })
    .text();
  sandbox.fault("consultNotes.generate", { kind: "truncate", afterPieces: 2 });
  const cut = await clinician.consultNotes
    .generate(session_id, { generation_method: "TEMPLATE", addition: "", voice_style: "BRIEF", brain: "LEFT" })
    .text().catch((error) => error);
  const gone = await clinician.sessions.get("00000000-0000-4000-8000-000000000000").catch((error) => error);
  const refused = await clinician.sessionContext.uploadDocument(session_id, { file: "a text" }).catch((error) => error);
  const [session] = sandbox.state().users[0].sessions;
  const sums = session.audio.map(({ sha256, size_bytes }) => sha256 + size_bytes);
  expect(new Set(sums).size).toBe(1);
  expect(sums).toHaveLength(files.length);
  expect(session.audio[0].size_bytes).toBe(bytes.length);
  expect(sandbox.requests.find(({ operation }) => operation === "createSession").inputs.body.ehr_appointment_id).toBe("caf\\u00e9 \\u{1F600}");
  expect(session.context_documents[0].size_bytes).toBe("%PDF-1.4 a letter".length);
  expect(session.consult_note.result).toBe(note);
  expect(note.length).toBeGreaterThan(50);
  expect(transcript).toContain("Good morning");
  expect([cut.name, cut.outcome]).toEqual(["HeidiStreamError", "processed"]);
  expect([gone.name, gone.status]).toEqual(["HeidiNotFoundError", 404]);
  expect([refused.name, refused.outcome]).toEqual(["HeidiArgumentError", "not-sent"]);
  await sandbox.close();
`;
const esmTest = (more = ""): string => `import { Heidi } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { expect, it } from "vitest";
it("is a page", () => expect(typeof document.createElement).toBe("function"));
it("runs a consult", async () => {${body}});
${more}`;
/** By real sockets, where the environment leaves Node's own connections or its fetch to its tests. */
const overSockets = `it("calls a sandbox that listens", async () => {
  const sandbox = await createSandbox();
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await clinician.sessions.create({});
  await clinician.transcription.uploadAudio(session_id, { file: new Blob([new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0])], { type: "audio/mpeg" }) });
  expect(sandbox.state().users[0].sessions[0].audio[0].size_bytes).toBe(10);
  await heidi.close();
  await sandbox.close();
});`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(cjs, "environments-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!hasTools)("a component's test in a page of a test runner (needs RUNTIMES)", () => {
  it.each(["jsdom", "happy-dom"])(
    "runs a whole consult under vitest's %s, in the program and over sockets [R6] [R24] [R26]",
    async (environment) => {
      const project = await mkdtemp(join(esm, "vitest-"));
      await writeFile(join(project, "visit.test.mjs"), esmTest(overSockets));
      // Found from the runner's own folder, as in a project that has installed both.
      await writeFile(
        join(project, "vitest.config.mjs"),
        `export default { root: ${JSON.stringify(project)}, test: { environment: ${JSON.stringify(environment)}, environmentOptions: { jsdom: { url: "https://clinic.example/" } } } };`,
      );
      const { output, code } = await node(
        [tool("vitest/vitest.mjs"), "run", "--config", "vitest.config.mjs"],
        {
          cwd: project,
          env: { NO_COLOR: "1" },
        },
      );
      await rm(project, { recursive: true, force: true });
      expect(output).toMatch(/Tests +3 passed/);
      expect(code).toBe(0);
    },
  );

  it.each([
    { conditions: "its own conditions", options: {} },
    { conditions: "the conditions of Node", options: { customExportConditions: ["node", "require"] } },
  ])("runs a whole consult under Jest's jsdom with $conditions [R6] [R24] [R26]", async ({ options }) => {
    const project = join(folder, `jest-${Object.keys(options).length}`);
    await mkdir(project);
    const script = `const { Heidi } = require("heidi-health-sdk");
const { createSandbox } = require("heidi-health-sdk/sandbox");
it("is a page", () => expect(typeof document.createElement).toBe("function"));
it("runs a consult", async () => {${body}});
it("says what is missing without the option fetch", async () => {
  const clinician = Heidi.withToken("a.b.c", { baseUrl: "http://127.0.0.1:9/" });
  const error = await clinician.sessions.create({}).catch((reason) => reason);
  expect([error.name, error.outcome]).toEqual(["HeidiConfigurationError", "not-sent"]);
  expect(error.message).toContain("Jest's jsdom");
});`;
    await writeFile(join(project, "visit.test.js"), script);
    const config = {
      rootDir: project,
      transform: {},
      testEnvironment: join(dirname(tool("jest-environment-jsdom/package.json")), "build/index.js"),
      testEnvironmentOptions: options,
    };
    await writeFile(join(project, "jest.config.json"), JSON.stringify(config));
    const { output, code } = await node([tool("jest/bin/jest.js"), "--ci", "--config", "jest.config.json"], {
      cwd: project,
      env: { NO_COLOR: "1" },
    });
    expect(output).toContain("3 passed, 3 total");
    expect(code).toBe(0);
  });

  it.each<[string, readonly string[]]>([
    ["Jest", [tool("jest/bin/jest.js"), "--ci", "--config", '{"transform":{}}']],
    ["vitest", [tool("vitest/vitest.mjs"), "run", "--globals"]],
  ])("shows in %s, once, how the nearest request differs from the expected one", async (runner, args) => {
    const project = join(folder, `difference-${runner}`);
    await mkdir(project);
    await writeFile(
      join(project, "visit.test.js"),
      `it("opens a session", async () => {
  const { Heidi } = await import("heidi-health-sdk");
  const { createSandbox, sandboxMatchers } = await import("heidi-health-sdk/sandbox");
  expect.extend(sandboxMatchers);
  const sandbox = await createSandbox();
  const heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  await heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" }).sessions.create({ ehr_appointment_id: "apt-2" });
  expect(sandbox).toHaveReceived("sessions.create", { body: { ehr_appointment_id: /^apt/ }, status: expect.any(Number) });
  expect(sandbox).toHaveReceived("sessions.create", { body: { ehr_appointment_id: "apt-1" }, status: expect.any(Number) });
});`,
    );
    const { output, code } = await node(["--experimental-vm-modules", ...args], {
      cwd: project,
      env: { NO_COLOR: "1" },
    });
    expect(code).toBe(1);
    expect(output).toContain("the request of sessions.create (request 2) is not as expected");
    expect(output.match(/^ *- +"ehr_appointment_id": "apt-1",$/gm)).toHaveLength(1);
    expect(output.match(/^ *\+ +"ehr_appointment_id": "apt-2",$/gm)).toHaveLength(1);
    expect(output).toContain('"status": Any<Number>,');
  });

  it.each<[string, (project: string) => readonly string[]]>([
    ["Jest", () => [tool("jest/bin/jest.js"), "--ci", "--config", '{"transform":{}}']],
    ["mocha", (project) => [tool("mocha/bin/mocha.js"), join(project, "visit.test.js")]],
    ["vitest", () => [tool("vitest/vitest.mjs"), "run", "--globals"]],
  ])("ends a run of %s whose assertion failed before the sandbox was closed [R53]", async (runner, args) => {
    const project = join(folder, `left-open-${runner}`);
    await mkdir(project);
    await writeFile(
      join(project, "visit.test.js"),
      `it("fails", async () => {
  const { Heidi } = await import("heidi-health-sdk");
  const { createSandbox } = await import("heidi-health-sdk/sandbox");
  const { apiKey, baseUrl } = await createSandbox();
  const user = new Heidi({ apiKey, baseUrl }).forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await user.sessions.create({});
  throw new Error("on purpose, after a session: " + typeof session_id);
});`,
    );
    const { output, code } = await node(["--experimental-vm-modules", ...args(project)], {
      cwd: project,
      env: { NO_COLOR: "1" },
    });
    expect(output).toContain("on purpose, after a session: string");
    expect(output).not.toContain("did not exit");
    expect(code).toBe(1);
  });
});
