import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConsultInput, ConsultResolution } from "../index.ts";
import { fileFromPath } from "../node.ts";
import { connectionFlags } from "./client.ts";
import { systemCode, UsageError } from "./command.ts";
import { checkReadable, checkWritable } from "./files.ts";
import { type FlagValues, formatHelp, omitUndefined, parseChoice } from "./flags.ts";

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

export const patientFlags = {
  "patient-id": {
    type: "string",
    value: "<id>",
    description: "the patient's id in the EHR: found by it, or made",
  },
  "first-name": {
    type: "string",
    value: "<name>",
    description: "and the next three: used when the patient is made",
  },
  "last-name": { type: "string", value: "<name>", description: "their family name" },
  gender: { type: "string", value: "<gender>", description: "their gender, in your EHR's words" },
  "birth-date": { type: "string", value: "<YYYY-MM-DD>", description: "their date of birth" },
  "patient-file": {
    type: "string",
    value: "<file>",
    description:
      "JSON with ehr_patient_id, first_name, …: unlike arguments, a file\ncannot be read by other users of this machine",
  },
  "patient-profile": {
    type: "string",
    value: "<id>",
    description: "Heidi's id of a profile that is there already",
  },
} as const;

export const sessionFlags = {
  appointment: {
    type: "string",
    value: "<id>",
    description: "the appointment's id in the EHR: a session is found by it again\nafter a crash",
  },
  session: { type: "string", value: "<id>", description: "Heidi's id of a session that is there already" },
  context: {
    type: "string",
    value: "<file>",
    multiple: true,
    description: "a document that the note takes into account; may be repeated",
  },
  language: { type: "string", value: "<code>", description: "what is spoken, such as en or es" },
  "output-language": { type: "string", value: "<code>", description: "what the note is written in" },
} as const;

export const writingFlags = {
  template: {
    type: "string",
    value: "<id or name>",
    description: "how the note is written (default: the first template for notes)",
  },
  templates: { type: "boolean", description: "lists the clinician's templates, and does nothing else" },
  voice: {
    type: "string",
    value: "<style>",
    description: "GOLDILOCKS (default), DETAILED, BRIEF, SUPER_DETAILED or MY_VOICE",
  },
  brain: { type: "string", value: "<side>", description: "LEFT (default) or RIGHT" },
  document: {
    type: "string",
    value: "<id or name>",
    description: "writes a letter or another document by this template",
  },
  codes: {
    type: "string",
    value: "<system>",
    description:
      "has the consult coded: ICD-10, ICD-10-CM, ICD-9, ICD-9-CM, SNOMED, SNOMED-CT,\nOPCS-410, ACHI-13 or CPT-2025",
  },
  ask: { type: "string", value: "<question>", description: "asks about the note, after all else" },
} as const;

export const runFlags = {
  journal: {
    type: "string",
    value: "<file>",
    description:
      "keeps how far it is, without patient data: after a crash, the same\ncommand goes on, and does nothing twice",
  },
  settle: {
    type: "string",
    value: "<duration>",
    description: "how long Heidi may take to show what an interrupted run made\n(default 60s)",
  },
  done: {
    type: "string",
    value: "<step>[=<id>]",
    description: "after a review: that step was done, and made what has this id",
  },
  "not-done": {
    type: "string",
    value: "<step>",
    description: "after a review: that step was not done; it is done now",
  },
  "accept-partial": {
    type: "boolean",
    description: "goes on when a piece of the recording could not be transcribed",
  },
  out: {
    type: "string",
    value: "<file>",
    description: "writes the result there, for you alone to read, not to the output",
  },
  json: { type: "boolean", description: "the whole result as JSON, transcript included" },
  quiet: { type: "boolean", description: "says nothing but the result and failures" },
  sandbox: {
    type: "boolean",
    description: "runs against a Heidi of its own: no key, no network, nobody's data",
  },
} as const;

/** What was given for any of them. */
export type ConsultFlags = FlagValues<
  typeof patientFlags & typeof sessionFlags & typeof writingFlags & typeof runFlags & typeof connectionFlags
>;

export const consultHelp: string = formatHelp({
  title: "heidi consult: a whole consult, from a recording to its note",
  usage: "heidi consult <recording> [options]",
  examples: [
    "heidi consult --sandbox",
    'heidi consult visit.ogg --patient-id mrn-7 --appointment apt-1 --template "SOAP note" --journal apt-1.json',
  ],
  options: {
    "The patient": patientFlags,
    "The session": sessionFlags,
    "What is written": writingFlags,
    "The run": runFlags,
    "Whose, and where": connectionFlags,
  },
  notes: [
    "The note is printed as it is written; what happens is told on standard error.",
    "Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 needs a review, 130 interrupted by Ctrl+C.",
  ],
});

/** A consult as the arguments have it; templates are looked up later, for that asks Heidi. */
export type PartialConsultInput = Omit<ConsultInput, "audio" | "template_id" | "document">;

/** What is wrong with arguments or files is told before anything is made at Heidi. */
export async function toConsultInput(
  flags: ConsultFlags,
  recording: string | undefined,
): Promise<PartialConsultInput> {
  const { session, appointment, language } = flags;
  const context = flags.context ?? [];
  if (recording !== undefined) await checkReadable("The recording", recording);
  for (const path of context) await checkReadable("A file of --context", path);
  for (const name of ["out", "journal"] as const) {
    const path = flags[name];
    if (path === undefined) continue;
    const others = [recording, ...context, flags["patient-file"], name === "out" ? flags.journal : flags.out];
    if (others.some((other) => other !== undefined && resolve(other) === resolve(path))) {
      throw new UsageError(`--${name} is a file that something else is in; give it one of its own.`);
    }
    await checkWritable(`The file of --${name}`, path);
  }
  const patient = await toPatient(flags);
  const chosen = omitUndefined({
    session_id: session,
    ehr_appointment_id: appointment,
    language_code: language,
    output_language_code: flags["output-language"],
  });
  return {
    ...(patient === undefined ? {} : { patient }),
    ...(Object.keys(chosen).length > 0 ? { session: chosen } : {}),
    ...(context.length > 0 ? { context: context.map((path) => ({ file: fileFromPath(path) })) } : {}),
    ...omitUndefined({
      voice_style: parseChoice("--voice", flags.voice, VOICES),
      brain: parseChoice("--brain", flags.brain, BRAINS),
      coding_system: parseChoice("--codes", flags.codes, CODING_SYSTEMS),
      ask: flags.ask,
    }),
  };
}

async function toPatient(flags: ConsultFlags): Promise<ConsultInput["patient"]> {
  const id = flags["patient-id"];
  const file = flags["patient-file"];
  const profile = flags["patient-profile"];
  if ([id, file, profile].filter((one) => one !== undefined).length > 1) {
    throw new UsageError("Give one of --patient-id, --patient-file and --patient-profile.");
  }
  const details = omitUndefined({
    first_name: flags["first-name"],
    last_name: flags["last-name"],
    gender: flags.gender,
    date_of_birth: birthDate(flags["birth-date"]),
  });
  if (id !== undefined) return { ehr_patient_id: id, ...details };
  if (Object.keys(details).length > 0) {
    throw new UsageError("A patient is found by the EHR's id: give --patient-id too.");
  }
  if (profile !== undefined) return { id: profile };
  return file === undefined ? undefined : readPatient(file);
}

function birthDate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const dateMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date rolls the 30th of February over to March.
  if (!Number.isNaN(dateMs) && new Date(dateMs).toISOString().startsWith(text)) return text;
  throw new UsageError("--birth-date takes a date of the calendar as YYYY-MM-DD.");
}

async function readPatient(path: string): Promise<ConsultInput["patient"]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`The file of --patient-file could not be read (${systemCode(error) ?? "unknown"}).`);
  }
  try {
    const patient: unknown = JSON.parse(text);
    if (
      typeof patient === "object" &&
      patient !== null &&
      typeof Reflect.get(patient, "ehr_patient_id") === "string"
    )
      return patient as ConsultInput["patient"];
  } catch {
    // Reported below: the parser's own message would quote the file.
  }
  throw new UsageError(
    'The file of --patient-file must be JSON such as {"ehr_patient_id":"…","first_name":"…"}.',
  );
}

const ANSWER =
  /^(patient|session|link|details|context-\d{1,4}|audio|note|document)(?:@(\d{1,9}))?(?:=(.+))?$/s;

/** What a person found out about the step that needed a review. */
export function toResolution(flags: ConsultFlags): ConsultResolution | undefined {
  const done = flags.done;
  const open = flags["not-done"];
  if (done === undefined && open === undefined) return undefined;
  if (done !== undefined && open !== undefined) throw new UsageError("Give one of --done and --not-done.");
  if (flags.journal === undefined) {
    throw new UsageError("--done and --not-done go with the --journal of the consult that needs a review.");
  }
  const [, step, revision, id] = ANSWER.exec(done ?? open ?? "") ?? [];
  if (step === undefined) {
    throw new UsageError(
      "A step is one of patient, session, link, details, context-0, …, audio, note, document.",
    );
  }
  return {
    step: step as ConsultResolution["step"],
    done: done !== undefined,
    ...omitUndefined({ id, revision: revision === undefined ? undefined : Number(revision) }),
  };
}
