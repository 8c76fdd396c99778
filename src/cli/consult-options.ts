import type { Values } from "./arguments.ts";
import { connectionOptions } from "./connection.ts";
import { helpOf } from "./help.ts";

/** The values that the API takes, as it spells them. */
export const VOICES = ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"] as const;
export const BRAINS = ["LEFT", "RIGHT"] as const;
export const CODING_SYSTEMS = [
  "ICD-10",
  "ICD-10-CM",
  "ICD-9",
  "ICD-9-CM",
  "SNOMED",
  "SNOMED-CT",
  "OPCS-410",
  "ACHI-13",
  "CPT-2025",
] as const;

export const patientOptions = {
  "patient-id": { type: "string", value: "<id>", about: "the patient's id in the EHR: found by it, or made" },
  "first-name": {
    type: "string",
    value: "<name>",
    about: "and the next three: used when the patient is made",
  },
  "last-name": { type: "string", value: "<name>", about: "their family name" },
  gender: { type: "string", value: "<gender>", about: "their gender, in your EHR's words" },
  "birth-date": { type: "string", value: "<YYYY-MM-DD>", about: "their date of birth" },
  "patient-file": {
    type: "string",
    value: "<file>",
    about:
      "JSON with ehr_patient_id, first_name, …: unlike arguments, a file\ncannot be read by other users of this machine",
  },
  "patient-profile": {
    type: "string",
    value: "<id>",
    about: "Heidi's id of a profile that is there already",
  },
} as const;

export const sessionOptions = {
  appointment: {
    type: "string",
    value: "<id>",
    about: "the appointment's id in the EHR: a session is found by it again\nafter a crash",
  },
  session: { type: "string", value: "<id>", about: "Heidi's id of a session that is there already" },
  context: {
    type: "string",
    value: "<file>",
    multiple: true,
    about: "a document that the note takes into account; may be repeated",
  },
  language: { type: "string", value: "<code>", about: "what is spoken, such as en or es" },
  "output-language": { type: "string", value: "<code>", about: "what the note is written in" },
} as const;

export const writingOptions = {
  template: {
    type: "string",
    value: "<id or name>",
    about: "how the note is written (default: the first template for notes)",
  },
  templates: { type: "boolean", about: "lists the clinician's templates, and does nothing else" },
  voice: {
    type: "string",
    value: "<style>",
    about: "GOLDILOCKS (default), DETAILED, BRIEF, SUPER_DETAILED or MY_VOICE",
  },
  brain: { type: "string", value: "<side>", about: "LEFT (default) or RIGHT" },
  document: {
    type: "string",
    value: "<id or name>",
    about: "writes a letter or another document by this template",
  },
  codes: {
    type: "string",
    value: "<system>",
    about:
      "has the consult coded: ICD-10, ICD-10-CM, ICD-9, ICD-9-CM, SNOMED, SNOMED-CT,\nOPCS-410, ACHI-13 or CPT-2025",
  },
  ask: { type: "string", value: "<question>", about: "asks about the note, after all else" },
} as const;

export const runOptions = {
  journal: {
    type: "string",
    value: "<file>",
    about:
      "keeps how far it is, without patient data: after a crash, the same\ncommand goes on, and does nothing twice",
  },
  settle: {
    type: "string",
    value: "<duration>",
    about: "how long Heidi may take to show what an interrupted run made\n(default 60s)",
  },
  done: {
    type: "string",
    value: "<step>[=<id>]",
    about: "after a review: that step was done, and made what has this id",
  },
  "not-done": {
    type: "string",
    value: "<step>",
    about: "after a review: that step was not done; it is done now",
  },
  "accept-partial": {
    type: "boolean",
    about: "goes on when a piece of the recording could not be transcribed",
  },
  out: {
    type: "string",
    value: "<file>",
    about: "writes the result there, for you alone to read, not to the output",
  },
  json: { type: "boolean", about: "the whole result as JSON, transcript included" },
  quiet: { type: "boolean", about: "says nothing but the result and failures" },
  sandbox: { type: "boolean", about: "runs against a Heidi of its own: no key, no network, nobody's data" },
} as const;

/** What was given for any of them. */
export type ConsultValues = Values<
  typeof patientOptions &
    typeof sessionOptions &
    typeof writingOptions &
    typeof runOptions &
    typeof connectionOptions
>;

export const consultHelp: string = helpOf({
  title: "heidi consult: a whole consult, from a recording to its note",
  usage: "heidi consult <recording> [options]",
  examples: [
    "heidi consult --sandbox",
    'heidi consult visit.ogg --patient-id mrn-7 --appointment apt-1 --template "SOAP note" --journal apt-1.json',
  ],
  options: {
    "The patient": patientOptions,
    "The session": sessionOptions,
    "What is written": writingOptions,
    "The run": runOptions,
    "Whose, and where": connectionOptions,
  },
  notes: [
    "The note is printed as it is written; what happens is told on standard error.",
    "Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 needs a review, 130 interrupted by Ctrl+C.",
  ],
});
