import type { HeidiUser, Session } from "../index.ts";

/** The texts of a session that a question can be about. */
export const SESSION_TEXTS = ["note", "transcript"] as const;

/** One of the texts of a session. */
export type SessionText = (typeof SESSION_TEXTS)[number];

/** Returns the text of a session's consult note; undefined until it is written. */
export function noteTextOf({ consult_note }: Session): string | undefined {
  const note: unknown = consult_note?.["result"];
  return typeof note === "string" && note !== "" ? note : undefined;
}

/** A text of a session, with its kind. */
export interface FoundText {
  readonly about: SessionText;
  readonly content: string;
}

/**
 * Returns the text that a question is about, because the API requires it with the question; undefined when it is missing.
 * The default is the note, or the transcript if there is no note.
 */
export async function findSessionText(
  clinician: HeidiUser,
  id: string,
  about: SessionText | undefined,
  signal: AbortSignal,
): Promise<FoundText | undefined> {
  if (about !== "transcript") {
    const note = noteTextOf(await clinician.sessions.get(id, { signal }));
    if (note !== undefined) return { about: "note", content: note };
    if (about === "note") return undefined;
  }
  const { transcript } = await clinician.transcription.get(id, { signal });
  return transcript ? { about: "transcript", content: transcript } : undefined;
}
