import type { CodeEntry, Entity, Finding, Line, Topic } from "./types.ts";

const speakers: Readonly<Record<string, Line["speaker"]>> = { C: "clinician", P: "patient", M: "parent" };

/** A dialogue written one line a speech, each beginning with who speaks: `C`, `P`, or `M` for a parent. */
export function dialogue(text: string): Line[] {
  return text
    .trim()
    .split("\n")
    .map((line) => ({
      speaker: speakers[line.trim().slice(0, 1)] ?? "clinician",
      text: line.trim().slice(3),
    }));
}

/** A finding in one line; `detail` is what DETAILED adds. */
export function finding(topic: Topic, brief: string, full: string, said: string, detail?: string): Finding {
  return { topic, brief, full, said, ...(detail === undefined ? {} : { detail }) };
}

/** Codes as `code | description | group`, the primary one first, by coding system. SNOMED stands for both of its names. */
export function entity(
  name: string,
  said: string,
  terms: readonly string[],
  codes: Readonly<Record<string, readonly string[]>>,
): Entity {
  const entries = Object.entries(codes).flatMap(([system, list]) => {
    const parsed = list.map(toEntry);
    return system === "SNOMED"
      ? [[system, parsed] as const, ["SNOMED-CT", parsed] as const]
      : [[system, parsed] as const];
  });
  return { name, said, terms, codes: Object.fromEntries(entries) };
}

function toEntry(text: string): CodeEntry {
  const [code = "", description = "", ...hierarchy] = text.split(" | ");
  return { code, description, hierarchy };
}
