import type { SandboxContext } from "../context.ts";
import type { Finding } from "../fixtures/types.ts";
import type { SessionRecord } from "../state.ts";
import { consultsOf, transcriptSoFar } from "../transcription.ts";
import { inLanguage } from "./language.ts";

/** The source of a note. */
export interface Source {
  readonly transcript: string;
  /** The language of the transcript: a note is in the same language. */
  readonly languageCode: string;
  /** The findings whose words are in the transcript. */
  readonly findings: readonly Finding[];
  readonly patient: string | undefined;
  readonly clinicianNotes: readonly string[];
  /** Names of the context documents that are READY. */
  readonly documents: readonly string[];
}

/** Collects the current content of the session. */
export function sourceOf(context: SandboxContext, session: SessionRecord): Source {
  const transcript = transcriptSoFar(context, session);
  const consults = consultsOf(context, session);
  const languageCode = consults[0]?.languageCode ?? "en";
  const notes = session.fields["clinician_notes"];
  return {
    transcript,
    languageCode,
    findings: consults
      .flatMap((consult) => consult.findings)
      .filter((finding) => transcript.includes(finding.said)),
    patient: describePatient(session.fields["patient"], inLanguage(languageCode, "born")),
    clinicianNotes: Array.isArray(notes)
      ? notes.filter((note) => typeof note === "string" && note !== "")
      : [],
    documents: session.context_documents
      .filter((document) => document.readyAtMs <= context.clock.now())
      .map((document) => document.filename),
  };
}

function describePatient(patient: unknown, bornWord: string): string | undefined {
  if (typeof patient !== "object" || patient === null) return undefined;
  const fields = new Map(Object.entries(patient));
  const name = ["first_name", "last_name", "name"].map((key) => fields.get(key)).filter(isText);
  const born = fields.get("date_of_birth");
  if (name.length === 0) return undefined;
  return isText(born) ? `${name.join(" ")}, ${bornWord} ${born}` : name.join(" ");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
