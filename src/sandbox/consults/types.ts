/** The clinical parts of a consult that a note's sections draw on. */
export type Topic =
  | "reason"
  | "history"
  | "background"
  | "medications"
  | "allergies"
  | "social"
  | "examination"
  | "investigations"
  | "assessment"
  | "plan"
  | "followUp";

/** One line of what is said, in order. */
export interface Line {
  readonly speaker: "clinician" | "patient" | "parent";
  readonly text: string;
}

/** Something a note says, and the words of the consult that it rests on. */
export interface Finding {
  readonly topic: Topic;
  /** Few words, for the voice style BRIEF. */
  readonly brief: string;
  /** A sentence, for GOLDILOCKS and MY_VOICE. */
  readonly full: string;
  /** What DETAILED adds after the sentence. */
  readonly detail?: string;
  /** An exact span of the dialogue: without it in the transcript, the finding is not made. */
  readonly said: string;
}

/** One code of one coding system. */
export interface CodeEntry {
  readonly code: string;
  readonly description: string;
  /** From the broadest group to the code's own. */
  readonly hierarchy?: readonly string[];
}

/** A problem, finding or procedure that can be coded: first the primary code, then similar ones. */
export interface Entity {
  readonly name: string;
  /** An exact span of the dialogue: without it in the transcript, the entity is not coded. */
  readonly said: string;
  /** Words that show the entity in a note, tried in this order. */
  readonly terms: readonly string[];
  readonly codes: Readonly<Record<string, readonly CodeEntry[]>>;
}

/** All that the sandbox knows about one consult. Invented; the codes are plausible and not for clinical use. */
export interface Consult {
  readonly id: string;
  readonly title: string;
  readonly languageCode: string;
  /** Of the sample recording, lower-case hex; an upload with this hash is recognised as this consult. */
  readonly recordingSha256: string;
  readonly recordingSeconds: number;
  readonly lines: readonly Line[];
  readonly findings: readonly Finding[];
  readonly entities: readonly Entity[];
}
