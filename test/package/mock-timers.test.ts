import { describe, expect, inject, it } from "vitest";
import { hasTools, tool } from "./toolbox.ts";
import { node } from "./tools.ts";

const { cjs } = inject("installed");

/** Calls, uploads and a wait of a minute under timers that only `advance` moves. */
const program = (install: string, advance: string, restore: string, doors: readonly string[]): string => `
const { Heidi } = require("heidi-health-sdk");
const { createSandbox } = require("heidi-health-sdk/sandbox");
const turn = setImmediate;
const audio = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0);
const doors = { own: () => ({}), platform: () => ({ fetch: (input, init) => fetch(input, init) }), sandbox: ({ fetch }) => ({ fetch }) };
const through = async (door) => {
  const sandbox = await createSandbox({ streamDelayMs: 0, timings: { transcriptionMs: 60_000 } });
  ${install};
  const { apiKey, baseUrl } = sandbox;
  const heidi = new Heidi({ apiKey, baseUrl, ...doors[door](sandbox) });
  const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-42" });
  const { session_id } = await clinician.sessions.create({});
  await clinician.transcription.uploadAudio(session_id, { file: new Blob([audio]) });
  const stream = (async function* () { yield audio; })();
  await clinician.transcription.uploadAudio(session_id, { file: { data: stream, contentType: "audio/mpeg" } });
  let transcript;
  const wait = clinician.transcription.waitForTranscript(session_id).then((done) => { transcript = done.transcript; });
  while (transcript === undefined) { await ${advance}; await new Promise((resolve) => turn(resolve)); }
  await wait;
  ${restore};
  return transcript.length > 20;
};
(async () => {
  const seen = {};
  for (const door of ${JSON.stringify(doors)}) seen[door] = await through(door);
  console.log(JSON.stringify(seen));
  process.exit();
})();
`;

const every = ["own", "platform", "sandbox"];
const run = async (script: string): Promise<unknown> => {
  const { stdout, output } = await node(["-e", script], { cwd: cjs });
  return stdout === "" ? output : JSON.parse(stdout);
};
const nodeTimers = (apis: readonly string[]): string =>
  `const { mock } = require("node:test"); mock.timers.enable({ apis: ${JSON.stringify(apis)}, now: Date.now() })`;

describe("timers that a test moves by hand", () => {
  it("of node:test: a wait of a minute passes at once, by every way of sending [R29]", async () => {
    const script = program(
      nodeTimers(["setTimeout", "setInterval", "Date"]),
      "mock.timers.tick(500)",
      "mock.timers.reset()",
      every,
    );
    expect(await run(script)).toEqual({ own: true, platform: true, sandbox: true });
  });

  it("of node:test with setImmediate among them: all but the SDK's own connections [R29]", async () => {
    const script = program(
      nodeTimers(["setTimeout", "setInterval", "setImmediate", "Date"]),
      "mock.timers.tick(500)",
      "mock.timers.reset()",
      ["platform", "sandbox"],
    );
    expect(await run(script)).toEqual({ platform: true, sandbox: true });
  });

  it.skipIf(!hasTools)("of sinon, with the listed functions alone (needs RUNTIMES) [R29]", async () => {
    const fake = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"];
    const script = program(
      `const clock = require(${JSON.stringify(tool("sinon"))}).useFakeTimers({ now: Date.now(), toFake: ${JSON.stringify(fake)} })`,
      "clock.tickAsync(500)",
      "clock.restore()",
      every,
    );
    expect(await run(script)).toEqual({ own: true, platform: true, sandbox: true });
  });
});
