import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generalPractice } from "../../../src/sandbox/fixtures/general-practice.ts";
import { transcriptOf } from "../../../src/sandbox/fixtures/index.ts";
import {
  audioForm,
  type Client,
  doors,
  manualClock,
  openClient,
  pieces,
  sampleRecording,
} from "./listener.ts";

const note = { generation_method: "TEMPLATE", addition: "", voice_style: "GOLDILOCKS", brain: "LEFT" };
const spoken = transcriptOf(generalPractice);

describe.each(doors)("a consult through the %s door", (door) => {
  let client: Client;
  let clock: ReturnType<typeof manualClock>;
  beforeEach(async () => {
    clock = manualClock();
    client = await openClient(door, {
      clock,
      timings: { parsingMs: 100, transcriptionMs: 1000, codingMs: 100 },
    });
  });
  afterEach(() => client.sandbox.close());

  it("transcribes what was recorded, lazily and only once", async () => {
    const id = await client.sessionWithAudio();
    const before = clock.now();
    const transcript = await client.json("GET", `/sessions/${id}/transcript`);
    expect(transcript).toEqual({ session_id: id, transcript: spoken, language_code: "en" });
    expect(clock.now() - before).toBe(1000);
    await client.json("GET", `/sessions/${id}/transcript`);
    expect(clock.now() - before).toBe(1000);
  });

  it("has an empty transcript for a session without audio", async () => {
    const id = await client.session();
    expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).toBe("");
    const live = await client.json("GET", `/sessions/${id}/transcript/live`);
    expect(live).toEqual({ session_id: id, transcript: "", active_source: "USER_UPLOADED", chunks: [] });
  });

  it("takes any other audio for the default consult, and a repeated upload for one", async () => {
    const id = await client.session();
    for (let count = 0; count < 2; count += 1) {
      await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm("not really audio") });
    }
    expect((await client.json("GET", `/sessions/${id}/transcript`)).transcript).toBe(spoken);
  });

  it("shows the live transcript growing chunk by chunk", async () => {
    const id = await client.sessionWithAudio();
    const statuses: string[] = [];
    for (let step = 0; step <= 4; step += 1) {
      const live = await client.json("GET", `/sessions/${id}/transcript/live`);
      statuses.push(live.chunks.map((chunk) => (chunk.status === "READY" ? "R" : ".")).join(""));
      clock.advance(250);
    }
    expect(statuses).toEqual(["....", "R...", "RR..", "RRR.", "RRRR"]);
    const live = await client.json("GET", `/sessions/${id}/transcript/live`);
    expect(live.transcript).toBe(spoken);
    expect(new Set(live.chunks.map((chunk) => chunk.source))).toEqual(new Set(["USER_UPLOADED"]));
  });

  it("streams the note word by word as lines of JSON, and keeps it", async () => {
    const id = await client.sessionWithAudio();
    const response = await client.send("POST", `/sessions/${id}/consult-note`, { body: note });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson");
    const words = await pieces(response);
    expect(words.length).toBeGreaterThan(100);
    expect(words.every((word) => /^\S+\s*$/.test(word))).toBe(true);
    const session = await client.json("GET", `/sessions/${id}`);
    expect(session.consult_note.result).toBe(words.join(""));
    expect(words.join("")).toContain("## Assessment\n\n- Essential hypertension, not well controlled.\n");
  });

  it("writes the same note for the same input, and another for every choice", async () => {
    const { data: templates } = await client.json("GET", "/templates/document-templates");
    const id = await client.sessionWithAudio();
    const write = async (choice: object): Promise<string> => {
      const response = await client.send("POST", `/sessions/${id}/consult-note`, {
        body: { ...note, ...choice },
      });
      return (await pieces(response)).join("");
    };
    const choices = [
      {},
      { voice_style: "BRIEF" },
      { voice_style: "DETAILED" },
      { voice_style: "SUPER_DETAILED" },
      { voice_style: "MY_VOICE" },
      { template_id: templates[1]?.id },
      { content_type: "HTML" },
      { addition: "Mention <the> diary & readings." },
    ];
    const texts: string[] = [];
    for (const choice of choices) texts.push(await write(choice));
    expect(new Set(texts).size).toBe(choices.length);
    expect(await write({})).toBe(texts[0]);
    expect(texts[6]).toMatch(/^<h2>Subjective<\/h2>\n<ul><li>/);
    expect(await write({ content_type: "HTML", addition: "<b>" })).toContain("&lt;b&gt;");
    const lengths = texts.map((text) => text.length);
    expect(lengths[1]).toBeLessThan(lengths[0] ?? 0);
    expect(lengths[3]).toBeGreaterThan(lengths[2] ?? 0);
  });

  it("refuses to write from nothing, but writes from clinician notes", async () => {
    const id = await client.session();
    const refused = await client.send("POST", `/sessions/${id}/consult-note`, { body: note });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { detail: { type: string } }).detail.type).toBe(
      "TranscriptNotFoundError",
    );
    await client.json("PATCH", `/sessions/${id}`, { body: { clinician_notes: ["Wound is healing."] } });
    const response = await client.send("POST", `/sessions/${id}/consult-note`, { body: note });
    expect((await pieces(response)).join("")).toBe("## Clinician's notes\n\n- Wound is healing.\n");
  });

  it("writes documents from templates and lists them", async () => {
    const id = await client.sessionWithAudio();
    const { data: templates } = await client.json("GET", "/templates/document-templates");
    const letter = templates.find((template) => template.template_category === "DOCUMENT_TEMPLATE");
    const { addition: _, ...manner } = note;
    const body = { ...manner, template_id: letter?.id };
    const document = await client.json("POST", `/sessions/${id}/documents`, { body });
    expect(document).toMatchObject({ index: 0, name: "Referral letter", content_type: "MARKDOWN" });
    expect(document.content).toMatch(/^Dear colleague,[\s\S]*Kind regards,\n$/);
    expect((await client.json("GET", `/sessions/${id}/documents`)).data).toEqual([document]);
    expect((await client.json("GET", `/sessions/${id}`)).documents).toEqual([document]);
    const unknown = await client.send("POST", `/sessions/${id}/documents`, {
      body: { ...manner, template_id: "x" },
    });
    expect(unknown.status).toBe(404);
  });

  it("fills a client's own template, keeping its shape", async () => {
    const id = await client.sessionWithAudio();
    const template = { Assessment: "", Plan: { Medications: [], version: 3 }, other: [{ Allergies: "…" }] };
    const path = `/sessions/${id}/client-customised-template/response`;
    const filled = await client.json("POST", path, { body: { template, content_type: "HTML" } });
    expect(filled).toEqual({
      Assessment: expect.stringMatching(/^<p>Essential hypertension.*<\/p>$/),
      Plan: { Medications: expect.arrayContaining(["Metformin 500 mg twice a day."]), version: 3 },
      other: [{ Allergies: "<p>Penicillin allergy: widespread rash in childhood.</p>" }],
    });
    expect(filled.Plan.Medications).toHaveLength(3);
  });

  it("codes what was said, with references that point at the very words", async () => {
    const id = await client.sessionWithAudio();
    const path = `/sessions/${id}/clinical-codes?coding_system=ICD-10-CM`;
    const text = await (await client.send("POST", `/sessions/${id}/consult-note`, { body: note })).text();
    expect(text).not.toBe("");
    expect(await client.json("GET", path)).toEqual({
      coding_system: "ICD-10-CM",
      status: "PROCESSING",
      entities: [],
    });
    clock.advance(100);
    const codes = await client.json("GET", path);
    expect(codes.status).toBe("READY");
    expect(codes.entities.map((entity) => entity.primary_code.code)).toEqual([
      "I10",
      "G44.209",
      "E11.9",
      "Z88.0",
    ]);
    const { consult_note } = await client.json("GET", `/sessions/${id}`);
    const sources: Record<string, string> = { TRANSCRIPT: spoken, CONSULT_NOTE: consult_note.result };
    for (const { references } of codes.entities) {
      expect(references.map(({ source }) => source)).toEqual(["TRANSCRIPT", "CONSULT_NOTE"]);
      for (const { source, text: words, start, end } of references) {
        expect(sources[source]?.slice(start, end)).toBe(words);
      }
    }
  });

  it("codes audio that arrives after the codes were first asked for", async () => {
    const id = await client.session();
    const path = `/sessions/${id}/clinical-codes?coding_system=SNOMED`;
    await client.json("GET", path);
    clock.advance(100);
    expect(await client.json("GET", path)).toMatchObject({ status: "READY", entities: [] });
    await client.send("POST", `/sessions/${id}/upload-audio`, { form: audioForm(await sampleRecording()) });
    expect(await client.json("GET", path)).toMatchObject({ status: "PROCESSING" });
    clock.advance(1100);
    expect((await client.json("GET", path)).entities.length).toBeGreaterThan(3);
  });

  it("answers questions from the consult, or from the text that came with them", async () => {
    const id = await client.sessionWithAudio();
    const ask = async (session: string, ai_command_text: string): Promise<string> => {
      const body = { ai_command_text, content: "# Note\n\nShe is well. Really.", content_type: "MARKDOWN" };
      return (await pieces(await client.send("POST", `/sessions/${session}/ask-ai`, { body }))).join("");
    };
    expect(await ask(id, "Which allergies are there?")).toContain("Penicillin allergy");
    expect(await ask(id, "Which medications?")).toContain("Metformin 500 mg");
    expect(await ask(await client.session(), "Anything?")).toContain("begins: Note She is well.");
  });
});
