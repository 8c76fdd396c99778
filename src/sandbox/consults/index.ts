import { generalPractice } from "./general-practice.ts";
import { mentalHealth } from "./mental-health.ts";
import { consultOfText, OWN_ID } from "./own.ts";
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

/** What a recording is taken for: one of the consults, or words of somebody's own. */
export interface RecordingMatch {
  readonly consultId: string;
  readonly transcript?: string | undefined;
}

/** What is heard in a recording: its own consult where it is known, else `words`, else the first consult. */
export function matchRecording(sha256: string, words: string | undefined): RecordingMatch {
  const known = consults.find((consult) => consult.recordingSha256 === sha256);
  if (known === undefined && words !== undefined) return { consultId: OWN_ID, transcript: words };
  return { consultId: (known ?? generalPractice).id };
}

/** The consult that was heard. */
export function consultOf({ consultId, transcript }: RecordingMatch): Consult {
  if (transcript !== undefined) return consultOfText(transcript, consults);
  return consults.find((consult) => consult.id === consultId) ?? generalPractice;
}

/** The consults that were heard, each once. */
export function consultsOf(heard: readonly RecordingMatch[]): Consult[] {
  const once = new Map(heard.map((one) => [one.transcript ?? one.consultId, one]));
  return [...once.values()].map(consultOf);
}

/** What is said, line by line, without names of speakers. */
export function transcriptOf(consult: Consult): string {
  return consult.lines.map((line) => line.text).join("\n");
}
