import { setTimeout as sleep } from "node:timers/promises";
import { Heidi, HeidiAbortError, HeidiArgumentError, type HeidiUser, isHeidiError } from "heidi-health-sdk";
import { describe, expect, it, vi } from "vitest";
import { useFaultServer } from "./each.ts";
import type { FaultServer } from "./harness.ts";
import { clientOf, readyUserOf, SECRET, userOf } from "./sdk.ts";

const ID = "0b0e8a34-77a4-4d4e-8f4e-000000000001";
const audio = (): Blob =>
  new Blob([new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0])], { type: "audio/mpeg" });
const ask = { ai_command_text: "a", content: "b", content_type: "MARKDOWN" } as const;

let server: FaultServer;
useFaultServer((started) => {
  server = started;
});

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** Each begins in a function of this name, which is what a caller looks for in a stack. */
const calls: Readonly<Record<string, (clinician: HeidiUser) => PromiseLike<unknown>>> = {
  "a call": function placeOfCall(clinician) {
    return clinician.sessions.get(ID);
  },
  "a call with an unusable argument": function placeOfCall(clinician) {
    return clinician.sessions.get("");
  },
  "a call with its response": function placeOfCall(clinician) {
    return clinician.sessions.get(ID).withResponse();
  },
  "a raw response": function placeOfCall(clinician) {
    return clinician.sessions.get(ID).asResponse();
  },
  "a request of one's own": function placeOfCall(clinician) {
    return clinician.request("GET", "/own");
  },
  "an upload": function placeOfCall(clinician) {
    return clinician.transcription.uploadAudio(ID, { file: audio() });
  },
  "a stream's text": function placeOfCall(clinician) {
    return clinician.askHeidi.ask(ID, ask).text();
  },
  "a stream's items": function placeOfCall(clinician) {
    return all(clinician.askHeidi.ask(ID, ask));
  },
  "a stream's strings": function placeOfCall(clinician) {
    return all(clinician.askHeidi.ask(ID, ask).textStream());
  },
  "a wait": function placeOfCall(clinician) {
    return clinician.transcription.waitForTranscript(ID);
  },
  "a wait that is followed": function placeOfCall(clinician) {
    return all(clinician.clinicalCoding.waitForCodes(ID, { coding_system: "SNOMED-CT" }));
  },
  "a list of sessions": function placeOfCall(clinician) {
    return all(clinician.sessions.iterateLinkedUser());
  },
  "a patient's sessions": function placeOfCall(clinician) {
    return all(clinician.sessions.iterateForPatient({ id: ID }));
  },
  "a list of profiles": function placeOfCall(clinician) {
    return all(clinician.patientProfiles.iterate());
  },
  "a profile that is found or made": function placeOfCall(clinician) {
    return clinician.patientProfiles.findOrCreate({
      ehr_patient_id: ID,
      first_name: "a",
      last_name: "b",
    } as never);
  },
  "a template by its name": function placeOfCall(clinician) {
    return clinician.templates.getByName("a");
  },
  "a recording": function placeOfCall(clinician) {
    return clinician.transcription.startRecording(ID);
  },
  "a whole consult": function placeOfCall(clinician) {
    return all(
      clinician.consult({
        patient: { id: ID },
        audio: audio(),
        session: { ehr_appointment_id: "1" },
      } as never),
    );
  },
  "a consult's end": function placeOfCall(clinician) {
    return clinician.consult({ patient: { id: ID }, audio: audio() } as never).result();
  },
};

const reasonOf = (call: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );

/** Two calls of each kind at once, so that some are of the same operation. */
async function expectOwnErrors(clinician: HeidiUser): Promise<void> {
  const named = {
    firstCaller: () => clinician.sessions.get(ID),
    secondCaller: () => clinician.sessions.get(ID),
    thirdCaller: () => clinician.templates.list(),
    fourthCaller: () => clinician.token(),
    fifthCaller: () => clinician.token(),
  };
  const errors = await Promise.all(Object.values(named).map((call) => reasonOf(call())));
  expect(new Set(errors).size).toBe(errors.length);
  expect(new Set(errors.map((error) => (error as Error).name)).size).toBe(1);
  for (const [index, name] of Object.keys(named).entries()) {
    const { stack } = errors[index] as Error;
    for (const other of Object.keys(named)) expect(stack?.includes(other)).toBe(other === name);
  }
}

describe("the caller's line", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`is among the first three of the stack of ${name} that fails [R20]`, async () => {
      await server.script({ steps: [{ do: "respond", status: 403, body: "{}" }] });
      const error = await reasonOf(call(readyUserOf(server.url, { maxRetries: 0 })));
      expect(isHeidiError(error)).toBe(true);
      const { name: title, message, stack = "" } = error as Error;
      expect(stack.startsWith(`${title}: ${message}\n`)).toBe(true);
      const first = stack.slice(title.length + message.length + 3).split("\n", 3);
      expect(first.join("\n")).toContain("placeOfCall");
      expect(stack).toContain("stacks.test.ts");
    });
  }

  it("is there after a failure in the middle of a stream, with the text so far [R20]", async () => {
    const headers = { "content-type": "application/x-ndjson" };
    await server.script({ steps: [{ do: "respond", headers, body: '{"data":"so far"}\n{"da' }] });
    async function placeOfCall(clinician: HeidiUser): Promise<string> {
      return await clinician.askHeidi.ask(ID, ask).text();
    }
    const error = (await reasonOf(placeOfCall(readyUserOf(server.url)))) as Error;
    expect(error).toMatchObject({ name: "HeidiStreamError", partialText: "so far" });
    expect(error.stack).toContain("placeOfCall");
  });

  it("is each caller's own, when one exchange fails for all of them [R20] [A6]", async () => {
    await server.script({
      path: "/jwt",
      steps: [
        { do: "wait", ms: 50 },
        { do: "respond", status: 401, body: '{"detail":"no"}' },
      ],
    });
    const clinician = userOf(server.url);
    const named = {
      firstCaller: () => clinician.sessions.get(ID),
      secondCaller: () => clinician.templates.list(),
      thirdCaller: () => clinician.token(),
    };
    const errors = await Promise.all(Object.values(named).map((call) => reasonOf(call())));
    expect(await server.requests({ path: "/jwt" })).toHaveLength(1);
    for (const [index, name] of Object.keys(named).entries()) {
      const error = errors[index] as Error;
      expect(error).toMatchObject({
        name: "HeidiAuthenticationError",
        operation: "getJwt",
        status: 401,
        detail: "no",
      });
      for (const other of Object.keys(named)) expect(error.stack?.includes(other)).toBe(other === name);
    }
  });

  it.each([
    ["a provider's own error", () => Promise.reject(new Error("down"))],
    ["an error of the SDK", () => Promise.reject(new HeidiArgumentError("id", "unusable"))],
    ["the SDK's error of an abort", () => Promise.reject(new HeidiAbortError("stopped"))],
    ["no token", () => Promise.resolve({ token: "", expiration_time: "" })],
  ])("is each caller's own, when a token provider brings all of them %s [R20]", async (_, provider) => {
    const clinician = Heidi.withToken(() => sleep(20).then(provider), { baseUrl: server.url });
    await expectOwnErrors(clinician);
    await clinician.close();
  });

  it("is each caller's own, when the client is closed under all of them, and after that [R20]", async () => {
    const clinician = Heidi.withToken(() => new Promise<never>(() => undefined), { baseUrl: server.url });
    const errors = expectOwnErrors(clinician);
    await sleep(20);
    await clinician.close();
    await errors;
    await expectOwnErrors(clinician);
  });

  it("is each caller's own, when a refusal of the exchange answers later calls too [R20] [A6]", async () => {
    await server.script({ path: "/jwt", steps: [{ do: "respond", status: 403, body: "{}" }] });
    const clinician = userOf(server.url);
    await expectOwnErrors(clinician);
    await expectOwnErrors(clinician);
    expect(await server.requests({ path: "/jwt" })).toHaveLength(1);
  });

  it("is there where the chunks of a recording are refused, in append and in finish [R20]", async () => {
    await server.script(
      { path: "/sessions/*", times: 1, steps: [{ do: "respond", body: '{"recording_id":"1"}' }] },
      { steps: [{ do: "respond", status: 403, body: "{}" }] },
    );
    const recording = await readyUserOf(server.url).transcription.startRecording(ID);
    await recording.append(audio());
    const placeOfFinish = () => recording.finish();
    expect(((await reasonOf(placeOfFinish())) as Error).stack).toContain("placeOfFinish");
    const placeOfAppend = () => recording.append(audio());
    expect(((await reasonOf(placeOfAppend())) as Error).stack).toContain("placeOfAppend");
  });

  it("is not there where the engine keeps none, and nothing breaks [R20]", async () => {
    const limit = Error.stackTraceLimit;
    const error = await (async () => {
      Error.stackTraceLimit = 0;
      try {
        return (await reasonOf(readyUserOf(server.url).sessions.get(""))) as Error;
      } finally {
        Error.stackTraceLimit = limit;
      }
    })();
    expect(error).toMatchObject({ name: "HeidiArgumentError" });
  });

  it("comes with nothing of the request, in any engine's form [R20]", async () => {
    vi.spyOn(Error, "captureStackTrace").mockImplementation((holder) => {
      Object.assign(holder, {
        stack: "placeOfCall@https://app.example/app.js:1:2\nother@https://app.example/app.js:3:4",
      });
    });
    const heidi = clientOf(server.url);
    await server.script({ steps: [{ do: "respond", status: 403, body: SECRET }] });
    const error = (await reasonOf(
      heidi.authentication.getJwt({ email: `${SECRET}@example.org`, third_party_internal_id: SECRET }),
    )) as Error;
    vi.restoreAllMocks();
    expect(error.stack).toBe(
      `HeidiPermissionError: ${error.message}\nplaceOfCall@https://app.example/app.js:1:2\nother@https://app.example/app.js:3:4`,
    );
    expect(error.stack).not.toContain(SECRET);
    expect(error).toBeInstanceOf(Error);
    expect(Heidi).toBeDefined();
  });
});
