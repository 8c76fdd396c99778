import type { SandboxContext } from "../context.ts";
import type { CodeEntry, Entity } from "../fixtures/types.ts";
import type { SessionRecord } from "../state.ts";
import { consultsOf, transcriptSoFar } from "../transcription.ts";

/** Codes the entities in the transcript, and gives their positions there and in the note. */
export function codedEntities(context: SandboxContext, session: SessionRecord, system: string): unknown[] {
  const transcript = transcriptSoFar(context, session);
  const note = session.consult_note?.result ?? "";
  return consultsOf(context, session)
    .flatMap((consult) => consult.entities)
    .flatMap((entity) => {
      const [primary, ...similar] = Object.hasOwn(entity.codes, system) ? (entity.codes[system] ?? []) : [];
      if (primary === undefined || !transcript.includes(entity.said)) return [];
      const references = [inTranscript(transcript, entity), inNote(note, entity)].filter(
        (found) => found !== undefined,
      );
      return [
        {
          entity: entity.name,
          primary_code: describe(primary, system),
          similar_codes: similar.map((entry) => describe(entry, system)),
          references,
        },
      ];
    });
}

function describe(entry: CodeEntry, system: string): Record<string, unknown> {
  return {
    code: entry.code,
    description: entry.description,
    coding_system: system,
    effective_date: "2025-01-01",
    valid: true,
    hierarchy: entry.hierarchy ?? [],
  };
}

interface Reference {
  readonly source: "TRANSCRIPT" | "CONSULT_NOTE";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

function inTranscript(transcript: string, entity: Entity): Reference | undefined {
  return reference("TRANSCRIPT", transcript, transcript.indexOf(entity.said), entity.said.length);
}

function inNote(note: string, entity: Entity): Reference | undefined {
  for (const term of entity.terms) {
    // A search, not `toLowerCase().indexOf`: lower case can be longer than the text and would shift the offsets.
    const found = new RegExp(term.replaceAll(/[^\w\s]/g, String.raw`\$&`), "i").exec(note);
    if (found !== null) return reference("CONSULT_NOTE", note, found.index, found[0].length);
  }
  return undefined;
}

function reference(
  source: Reference["source"],
  text: string,
  start: number,
  length: number,
): Reference | undefined {
  const end = start + length;
  return start === -1 ? undefined : { source, text: text.slice(start, end), start, end };
}
