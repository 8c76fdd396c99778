import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { consultOf, consults, matchRecording, transcriptOf } from "../../../src/sandbox/fixtures/index.ts";
import type { Consult } from "../../../src/sandbox/fixtures/types.ts";
import { audioForm, openClient, pieces } from "./listener.ts";

const systems = [
  ...["ICD-10", "ICD-10-CM", "ICD-9", "ICD-9-CM", "SNOMED", "SNOMED-CT", "OPCS-410", "ACHI-13", "CPT-2025"],
];

/** What a code of each system looks like. */
const shapes: Readonly<Record<string, RegExp>> = {
  "ICD-10": /^[A-Z]\d\d(\.\d{1,2})?$/,
  "ICD-10-CM": /^[A-Z]\d[\dA-Z](\.[\dA-Z]{1,4})?$/,
  "ICD-9": /^(V\d\d|E\d{3}|\d{3})(\.\d)?$/,
  "ICD-9-CM": /^(V\d\d|E\d{3}|\d{3})(\.\d{1,2})?$/,
  SNOMED: /^[1-9]\d{5,17}$/,
  "SNOMED-CT": /^[1-9]\d{5,17}$/,
  "OPCS-410": /^[A-Z]\d\d\.\d$/,
  "ACHI-13": /^\d{5}-\d\d$/,
  "CPT-2025": /^\d{5}$/,
};

/** Verhoeff's check over the digits of a SNOMED CT identifier; 0 for a right one. */
function checkOf(code: string): number {
  // The dihedral group of order ten: how two digits combine.
  const combine = (one: number, other: number): number => {
    if (one < 5) return other < 5 ? (one + other) % 5 : 5 + ((one + other) % 5);
    return other < 5 ? 5 + ((one - other + 5) % 5) : (one - other + 5) % 5;
  };
  const shuffled = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
  const digits = [...code].reverse().map(Number);
  return digits.reduce((check, digit, place) => {
    let moved = digit;
    for (let times = 0; times < place % 8; times += 1) moved = shuffled[moved] ?? 0;
    return combine(check, moved);
  }, 0);
}

const manner = { generation_method: "TEMPLATE", addition: "", voice_style: "DETAILED", brain: "LEFT" };

async function recordingOf({ id }: Consult): Promise<Uint8Array<ArrayBuffer>> {
  const name = id === "general-practice" ? "gp-consult" : id;
  return new Uint8Array(await readFile(new URL(`../../../examples/audio/${name}.ogg`, import.meta.url)));
}

describe("consult data", () => {
  it("has five consults, one of them in Spanish", () => {
    const ids = ["general-practice", "paediatrics", "mental-health", "physiotherapy", "spanish"];
    expect(consults.map(({ id }) => id)).toEqual(ids);
    expect(consults.filter(({ languageCode }) => languageCode === "es")).toHaveLength(1);
  });

  it.each(consults)(
    "recognises the committed recording of $id by its hash, and keeps it small",
    async (consult) => {
      const recording = await recordingOf(consult);
      const sha256 = createHash("sha256").update(recording).digest("hex");
      expect(consultOf(matchRecording(sha256, "other words"))).toBe(consult);
      expect(recording.length).toBeLessThan(300_000);
    },
  );

  it.each(consults)("hears, notes and codes $id from its recording", async (consult) => {
    const timings = { parsingMs: 0, transcriptionMs: 0, codingMs: 0 };
    const client = await openClient("in-process", { timings });
    const id = await client.session();
    await client.send("POST", `/sessions/${id}/upload-audio`, {
      form: audioForm(await recordingOf(consult)),
    });
    const heard = await client.json("GET", `/sessions/${id}/transcript`);
    expect(heard).toMatchObject({ transcript: transcriptOf(consult), language_code: consult.languageCode });
    const note = await pieces(await client.send("POST", `/sessions/${id}/consult-note`, { body: manner }));
    for (const { full } of consult.findings) expect(note.join("")).toContain(full);
    expect(note.join("")).toContain(consult.languageCode === "es" ? "## Evaluación" : "## Assessment");
    for (const system of systems) {
      const { entities } = await client.json("GET", `/sessions/${id}/clinical-codes?coding_system=${system}`);
      expect(entities.length, system).toBeGreaterThan(0);
      for (const { references } of entities) expect(references[0]).toMatchObject({ source: "TRANSCRIPT" });
    }
    await client.sandbox.close();
  });

  it.each(consults)("says in $id only what its dialogue supports", (consult) => {
    const transcript = transcriptOf(consult);
    for (const { said } of [...consult.findings, ...consult.entities]) expect(transcript).toContain(said);
  });

  it.each(consults)("codes $id in every system of the spec", (consult) => {
    for (const system of systems) {
      expect(
        consult.entities.some((entity) => (entity.codes[system] ?? []).length > 0),
        system,
      ).toBe(true);
    }
  });

  it.each(consults)("codes $id with what looks like a code of its system", ({ entities }) => {
    for (const { codes } of entities) {
      for (const [system, entries] of Object.entries(codes)) {
        for (const { code } of entries) expect(code, system).toMatch(shapes[system] ?? /^$/);
        if (system.startsWith("SNOMED")) for (const { code } of entries) expect(checkOf(code), code).toBe(0);
      }
    }
  });

  it.each(consults)("gives $id something to say for every part of a note", (consult) => {
    const topics = new Set(consult.findings.map((finding) => finding.topic));
    expect(topics.size).toBe(11);
  });
});
