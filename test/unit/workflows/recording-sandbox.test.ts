import { Heidi, segmentRecording } from "heidi-health-sdk";
import { createSandbox } from "heidi-health-sdk/sandbox";
import { expect, it } from "vitest";
import { fixture, portioned } from "./segment-support.ts";

it("records a microphone's stream in a sandbox of the documented deployment, from its first byte to the transcript", async () => {
  const timings = { transcriptionMs: 5 };
  await using sandbox = await createSandbox({ deployment: "documented", timings });
  await using heidi = new Heidi({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  const clinician = heidi.forUser({ email: "dr@clinic.example", thirdPartyInternalId: "1" });
  const { session_id = "" } = await clinician.sessions.create();

  await using recording = await clinician.transcription.startRecording(session_id);
  const microphone = portioned(fixture("opus.webm"), [700, 90]);
  for await (const chunk of segmentRecording(microphone, { chunkMs: 1_000 })) await recording.append(chunk);
  expect(await recording.finish()).toMatchObject({ chunks: 8, uncertain: [] });

  const { transcript } = await clinician.transcription.waitForTranscript(session_id, { intervalMs: 5 });
  expect(transcript).not.toBe("");
});
