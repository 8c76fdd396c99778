import type { SandboxSeed } from "heidi-health-sdk/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import { generalPractice } from "../../../src/sandbox/fixtures/general-practice.ts";
import { transcriptOf } from "../../../src/sandbox/fixtures/index.ts";
import {
  audioForm,
  type Client,
  doors,
  openClient,
  pieces,
  sampleRecording,
  segmentForm,
} from "./listener.ts";

const manner = { generation_method: "TEMPLATE", addition: "", voice_style: "GOLDILOCKS", brain: "LEFT" };
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.sandbox.close();
});

async function start(data: SandboxSeed, door: "http" | "in-process" = "in-process"): Promise<Client> {
  const timings = { parsingMs: 0, transcriptionMs: 0, codingMs: 0 };
  const client = await openClient(door, { data, timings });
  clients.push(client);
  return client;
}

async function noteOf(client: Client, transcript: string, voice_style = "GOLDILOCKS"): Promise<string> {
  const id = await client.session();
  await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("any audio") });
  expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).toBe(transcript);
  const body = { ...manner, voice_style };
  return (await pieces(await client.send("POST", `/sessions/${id}/consult-note`, { body }))).join("");
}

const spoken = transcriptOf(generalPractice);
const dialogue = `Doctor: Hello Sam, what happened?
Patient: I fell off my bike yesterday and my left wrist hurts.
Patient: I take levothyroxine, 50 micrograms every morning.
Patient: I am allergic to latex.
Doctor: The wrist is swollen and tender over the scaphoid.
Doctor: I think this is a sprain, but a fracture is possible.
Doctor: We will do an X-ray of the wrist today.
Doctor: Please rest it and use a splint.
Doctor: Come back in ten days, or earlier if it gets worse.`;

describe.each(doors)("words of one's own, through the %s door", (door) => {
  it("are what any audio says, and what the note is written from", async () => {
    const client = await start({ transcript: dialogue }, door);
    const note = await noteOf(client, dialogue);
    expect(note).toBe(`## Subjective

- I fell off my bike yesterday and my left wrist hurts.
- I take levothyroxine, 50 micrograms every morning.
- I am allergic to latex.

## Objective

- The wrist is swollen and tender over the scaphoid.

## Assessment

- I think this is a sprain, but a fracture is possible.

## Plan

- We will do an X-ray of the wrist today.
- Please rest it and use a splint.
- Come back in ten days, or earlier if it gets worse.
`);
    expect((await noteOf(client, dialogue, "BRIEF")).length).toBeLessThan(note.length);
    expect((await noteOf(client, dialogue, "SUPER_DETAILED")).length).toBeGreaterThan(note.length);
  });
});

describe("a line of a transcript", () => {
  it.each(
    generalPractice.lines
      .map(({ text }, index) => ({ text, index }))
      .filter(({ text }) => /\d|alle/.test(text)),
  )("changes the note when it is changed: $text", async ({ index }) => {
    const lines = spoken.split("\n");
    const changed = lines.with(index, "I take warfarin, 3 milligrams every night.").join("\n");
    const before = await noteOf(await start({ transcript: spoken }), spoken);
    const after = await noteOf(await start({ transcript: changed }), changed);
    expect(after).not.toBe(before);
    expect(after).toContain("warfarin, 3 milligrams");
    expect(before).not.toContain("warfarin");
  });

  it("that is as it was leaves the note as it was", async () => {
    const known = await start({});
    const own = await start({ transcript: spoken });
    expect(await noteOf(own, spoken)).toBe(await noteOf(known, spoken));
  });

  it("is what codes rest on", async () => {
    const codes = async (transcript: string): Promise<unknown[]> => {
      const client = await start({ transcript });
      const id = await client.session();
      await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("x") });
      await client.json("GET", `/sessions/${id}/transcript`);
      const found = await client.json("GET", `/sessions/${id}/clinical-codes?coding_system=ICD-10`);
      return found.entities.map((entity) => entity.primary_code.code);
    };
    expect(await codes(spoken)).toContain("Z88.0");
    expect(await codes(spoken.replace("Penicillin.", "None."))).not.toContain("Z88.0");
    expect(await codes(dialogue)).toEqual([]);
  });
});

it("hears a known recording as itself, whatever other audio says", async () => {
  const client = await start({ transcript: dialogue });
  const id = await client.session();
  await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm(await sampleRecording()) });
  expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).toBe(spoken);
});

it("says them in a live recording too, and keeps them when it is saved", async () => {
  const client = await start({ transcript: dialogue });
  const id = await client.session();
  const root = `/sessions/${id}/restful-segment-transcription`;
  const { recording_id } = await client.json("POST", root);
  await client.json("POST", `${root}/${recording_id}:transcribe`, { form: segmentForm("0") });
  const live = await client.json("GET", `/sessions/${id}/transcript/live`);
  expect(live.transcript).toContain("I fell off my bike");
  await client.json("POST", `${root}/${recording_id}:finish`);
  const other = await start({});
  other.sandbox.load(JSON.parse(JSON.stringify(client.sandbox.save())));
  expect((await other.json("GET", `/sessions/${id}/transcript`)).transcript).toBe(dialogue);
});

it("are those of one session where its seed has them, in its language", async () => {
  const session_id = "1".repeat(38);
  const transcript =
    "Me duele la garganta desde ayer.\n¿Toma algún medicamento?\nTomo ibuprofeno, 400 mg al día.";
  const user = { email: "dr@clinic.example", third_party_internal_id: "ehr-1" };
  const client = await start({ users: [{ ...user, sessions: [{ session_id, transcript }] }] });
  expect(await client.json("GET", `/sessions/${session_id}/transcript`)).toMatchObject({
    transcript,
    language_code: "es",
  });
  const body = { ...manner };
  const note = await pieces(await client.send("POST", `/sessions/${session_id}/consult-note`, { body }));
  expect(note.join("")).toBe(
    "## Subjetivo\n\n- Me duele la garganta desde ayer.\n- Tomo ibuprofeno, 400 mg al día.\n",
  );
});
