import { Heidi } from "heidi-health-sdk";
import { createSandbox, createVirtualClock } from "heidi-health-sdk/sandbox";
import { expect, it } from "vitest";

/** What one of a user's tests does: a sandbox of its own, a client, a call, and the end of both. */
async function oneTest(index: number): Promise<number> {
  await using sandbox = await createSandbox({ seed: index });
  await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const user = heidi.forUser({ email: `dr${index}@clinic.example`, thirdPartyInternalId: String(index) });
  const { session_id } = await user.sessions.create({ ehr_appointment_id: `apt-${index}` });
  expect(session_id).toMatch(/^\d{37,39}$/);
  expect(sandbox.state().users.map(({ identity }) => identity.third_party_internal_id)).toEqual([
    String(index),
  ]);
  return sandbox.port;
}

it("starts 200 sandboxes at once, each its test's own, in less than 3 seconds in total", async () => {
  const before = process.cpuUsage();
  const ports = await Promise.all(Array.from({ length: 200 }, (_, index) => oneTest(index)));
  // Of the processor, which is what it takes on a machine that has nothing else to do.
  const { user, system } = process.cpuUsage(before);
  expect(new Set(ports).size).toBe(200);
  expect((user + system) / 1000).toBeLessThan(3000);
});

/** A consult from the session to the codes, as text. */
async function consult(seed: number): Promise<string> {
  await using sandbox = await createSandbox({
    seed,
    port: false,
    streamDelayMs: 0,
    clock: createVirtualClock({ startMs: Date.now() }),
  });
  const { apiKey, baseUrl, fetch } = sandbox;
  await using heidi = new Heidi({ apiKey, baseUrl, fetch });
  const user = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "ehr-1" });
  const patient = await user.patientProfiles.create({ first_name: "Ada" });
  const { session_id = "" } = await user.sessions.create({ patient_profile_id: patient.id ?? "" });
  const file = { data: new Uint8Array(9), contentType: "audio/ogg" };
  const audio = await user.transcription.uploadAudio(session_id, { file });
  const note = await user.consultNotes
    .generate(session_id, {
      generation_method: "TEMPLATE",
      addition: "",
      voice_style: "DETAILED",
      brain: "RIGHT",
    })
    .text();
  return JSON.stringify([patient.id, session_id, audio?.id, note]);
}

it("gives the same ids and the same note for the same seed, and other ids for another", async () => {
  const [first, again, other] = await Promise.all([consult(7), consult(7), consult(8)]);
  expect(again).toBe(first);
  const [ids, otherIds] = [first, other].map((text) => JSON.parse(text).slice(0, 3) as string[]);
  for (const [at, id] of (ids ?? []).entries()) expect(otherIds?.[at]).not.toBe(id);
  expect(JSON.parse(other)[3]).toBe(JSON.parse(first)[3]);
});
