import { generalPractice } from "./general-practice.ts";
import { mentalHealth } from "./mental-health.ts";
import { paediatrics } from "./paediatrics.ts";
import { physiotherapy } from "./physiotherapy.ts";
import { spanish } from "./spanish.ts";
import type { Consult } from "./types.ts";

/** The consults of the sandbox; the first one answers for audio that is not a known recording. */
export const consults: readonly Consult[] = [
  generalPractice,
  paediatrics,
  mentalHealth,
  physiotherapy,
  spanish,
];

/** The consult that a recording is taken for. */
export function consultOfRecording(sha256: string): Consult {
  return consults.find((consult) => consult.recordingSha256 === sha256) ?? generalPractice;
}

/** The consults of those ids, each once. */
export function consultsOfIds(ids: readonly string[]): Consult[] {
  return [...new Set(ids)].map(consultById);
}

/** The consult of that id, as kept in the state. */
export function consultById(id: string): Consult {
  return consults.find((consult) => consult.id === id) ?? generalPractice;
}

/** What is said, line by line, without names of speakers. */
export function transcriptOf(consult: Consult): string {
  return consult.lines.map((line) => line.text).join("\n");
}
