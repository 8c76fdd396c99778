import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { consultOfRecording, consults, transcriptOf } from "../../../src/sandbox/consults/index.ts";
import { sampleRecording } from "./door.ts";

const systems = [
  ...["ICD-10", "ICD-10-CM", "ICD-9", "ICD-9-CM", "SNOMED", "SNOMED-CT", "OPCS-410", "ACHI-13", "CPT-2025"],
];

describe("consult data", () => {
  it("recognises the committed recording by its hash, and keeps it small", async () => {
    const recording = await sampleRecording();
    const sha256 = createHash("sha256").update(recording).digest("hex");
    expect(consultOfRecording(sha256).recordingSha256).toBe(sha256);
    expect(recording.length).toBeLessThan(400_000);
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

  it.each(consults)("gives $id something to say for every part of a note", (consult) => {
    const topics = new Set(consult.findings.map((finding) => finding.topic));
    expect(topics.size).toBe(11);
  });
});
