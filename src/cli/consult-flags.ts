import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConsultInput, ConsultResolution } from "../index.ts";
import { fileFromPath } from "../node.ts";
import { connectionFlags } from "./client.ts";
import { systemCode, UsageError } from "./command.ts";
import { checkReadable, checkWritable } from "./files.ts";
import { type FlagValues, omitUndefined, parseChoice } from "./flags.ts";
import type { Help } from "./help.ts";
import { keptRecordingOf, STANDARD_INPUT } from "./spool.ts";
import type { Terminal } from "./terminal.ts";

export const patientFlags = {
  "patient-id": {
    type: "string",
    value: "<id>",
    description: "the patient's id in the EHR; a missing patient is created",
  },
  "first-name": {
    type: "string",
    value: "<name>",
    description: "this option and the next three are used when the patient is created",
  },
  "last-name": { type: "string", value: "<name>", description: "the patient's family name" },
  gender: { type: "string", value: "<gender>", description: "the patient's gender, as your EHR records it" },
  "birth-date": { type: "string", value: "<YYYY-MM-DD>", description: "the patient's date of birth" },
  "patient-file": {
    type: "string",
    value: "<file>",
    description:
      "JSON with ehr_patient_id, first_name, …; unlike arguments, a file\ncan be hidden from other users of this machine",
  },
  "patient-profile": {
    type: "string",
    value: "<id>",
    description: "Heidi's id of an existing patient profile",
  },
} as const;

export const sessionFlags = {
  appointment: {
    type: "string",
    value: "<id>",
    description: "the appointment's id in the EHR; after a crash, the session\nis found by this id",
  },
  session: { type: "string", value: "<id>", description: "Heidi's id of an existing session" },
  context: {
    type: "string",
    value: "<file>",
    multiple: true,
    description: "a document that the note takes into account; can be repeated",
  },
  language: { type: "string", value: "<code>", description: "the spoken language, such as en or es" },
  "output-language": { type: "string", value: "<code>", description: "the note's language" },
} as const;

export const writingFlags = {
  template: {
    type: "string",
    value: "<id or name>",
    description: "the note's template (default: the first note template)",
  },
  templates: { type: "boolean", description: "lists the clinician's templates and exits" },
  voice: {
    type: "string",
    value: "<style>",
    choices: ["GOLDILOCKS", "DETAILED", "BRIEF", "SUPER_DETAILED", "MY_VOICE"],
    description: "GOLDILOCKS (default), DETAILED, BRIEF, SUPER_DETAILED or MY_VOICE",
  },
  brain: {
    type: "string",
    value: "<side>",
    choices: ["LEFT", "RIGHT"],
    description: "LEFT (default) or RIGHT",
  },
  document: {
    type: "string",
    value: "<id or name>",
    description: "also writes a letter or another document with this template",
  },
  codes: {
    type: "string",
    value: "<system>",
    choices: [
      "ICD-10",
      "ICD-10-CM",
      "ICD-9",
      "ICD-9-CM",
      "SNOMED",
      "SNOMED-CT",
      "OPCS-410",
      "ACHI-13",
      "CPT-2025",
    ],
    description:
      "also returns clinical codes: ICD-10, ICD-10-CM, ICD-9, ICD-9-CM, SNOMED, SNOMED-CT,\nOPCS-410, ACHI-13 or CPT-2025",
  },
  ask: { type: "string", value: "<question>", description: "asks about the note, as the last step" },
} as const;

/** The values that the API accepts, in the API's spelling. */
export const VOICES: typeof writingFlags.voice.choices = writingFlags.voice.choices;
export const BRAINS: typeof writingFlags.brain.choices = writingFlags.brain.choices;
export const CODING_SYSTEMS: typeof writingFlags.codes.choices = writingFlags.codes.choices;

export const runFlags = {
  journal: {
    type: "string",
    value: "<file>",
    description:
      "saves the progress, without patient data; after a crash, the same\ncommand continues and repeats nothing",
  },
  settle: {
    type: "string",
    value: "<duration>",
    description: "how long to wait for Heidi to show the results of an interrupted run\n(default 60s)",
  },
  done: {
    type: "string",
    value: "<step>[=<id>]",
    description: "after a manual check: the step was done and created this id",
  },
  "not-done": {
    type: "string",
    value: "<step>",
    description: "after a manual check: the step was not done and runs now",
  },
  "accept-partial": {
    type: "boolean",
    description: "continues when a piece of the recording could not be transcribed",
  },
  out: {
    type: "string",
    value: "<file>",
    description: "writes the result to this file, readable only by you, instead of standard output",
  },
  json: { type: "boolean", description: "prints the complete result as JSON, including the transcript" },
  quiet: { type: "boolean", description: "prints only the result and errors" },
  sandbox: {
    type: "boolean",
    description: "runs against a local sandbox: no key, no network, no real data",
  },
} as const;

/** The values of all options of `heidi consult`. */
export type ConsultFlags = FlagValues<
  typeof patientFlags & typeof sessionFlags & typeof writingFlags & typeof runFlags & typeof connectionFlags
>;

export const consultHelp: Help = {
  title: "heidi consult: runs a complete consult, from a recording to its note",
  usage: "heidi consult <recording> [options]",
  positional: "file",
  examples: [
    "heidi consult --sandbox",
    "ffmpeg -i visit.mov -f ogg - | heidi consult - --journal apt-1.json",
    'heidi consult visit.ogg --patient-id mrn-7 --appointment apt-1 --template "SOAP note" --journal apt-1.json',
  ],
  options: {
    Patient: patientFlags,
    Session: sessionFlags,
    Documents: writingFlags,
    Run: runFlags,
    Connection: connectionFlags,
  },
  notes: [
    "With - as the recording, it is read from standard input to its end, saved in a file that only you can read, and sent.",
    "With --journal, that file is kept beside the journal, as <journal>.recording, until the consult is done: pass it",
    "instead of - to continue. Without --journal, the file is always removed, and the consult cannot be continued.",
    "The note is printed while Heidi writes it; progress goes to standard error.",
    "Exit codes: 0 done, 1 failed, 2 invalid arguments, 3 needs a manual check, 130 interrupted by Ctrl+C.",
  ],
};

/** The consult that the arguments describe. Templates are resolved later, because that needs an API call. */
export type PartialConsultInput = Omit<ConsultInput, "audio" | "template_id" | "document">;

/** Throws a UsageError when standard input cannot be the recording. */
export function checkStandardInput(flags: ConsultFlags, terminal: Terminal): void {
  if (terminal.readInput === undefined) {
    throw new UsageError(
      "Standard input is a terminal: pipe the recording in, as in ffmpeg … | heidi consult -, or pass a file.",
    );
  }
  if (flags["api-key-file"] === STANDARD_INPUT)
    throw new UsageError("Standard input cannot hold both the API key and the recording.");
}

/** Converts the arguments to a consult. Throws for invalid arguments or files before anything is created at Heidi. */
export async function toConsultInput(
  flags: ConsultFlags,
  recording: string | undefined,
): Promise<PartialConsultInput> {
  const { session, appointment, language } = flags;
  const context = flags.context ?? [];
  if (recording !== undefined && recording !== STANDARD_INPUT)
    await checkReadable("The recording", recording);
  for (const path of context) await checkReadable("A file of --context", path);
  for (const name of ["out", "journal"] as const) {
    const path = flags[name];
    if (path === undefined) continue;
    const others = [recording, ...context, flags["patient-file"], name === "out" ? flags.journal : flags.out];
    if (name === "out" && flags.journal !== undefined) others.push(keptRecordingOf(flags.journal));
    if (others.some((other) => other !== undefined && resolve(other) === resolve(path))) {
      throw new UsageError(`--${name} names a file that another option also uses. Pass a different file.`);
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
    throw new UsageError("Pass only one of --patient-id, --patient-file and --patient-profile.");
  }
  const details = omitUndefined({
    first_name: flags["first-name"],
    last_name: flags["last-name"],
    gender: flags.gender,
    date_of_birth: birthDate(flags["birth-date"]),
  });
  if (id !== undefined) return { ehr_patient_id: id, ...details };
  if (Object.keys(details).length > 0) {
    throw new UsageError("A patient is identified by the EHR's id: also pass --patient-id.");
  }
  if (profile !== undefined) return { id: profile };
  return file === undefined ? undefined : readPatient(file);
}

function birthDate(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const dateMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date turns the 30th of February into a day in March.
  if (!Number.isNaN(dateMs) && new Date(dateMs).toISOString().startsWith(text)) return text;
  throw new UsageError("--birth-date takes a calendar date as YYYY-MM-DD.");
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

/** Returns the result of the manual check of a step, from --done or --not-done. */
export function toResolution(flags: ConsultFlags): ConsultResolution | undefined {
  const done = flags.done;
  const open = flags["not-done"];
  if (done === undefined && open === undefined) return undefined;
  if (done !== undefined && open !== undefined)
    throw new UsageError("Pass only one of --done and --not-done.");
  if (flags.journal === undefined) {
    throw new UsageError(
      "--done and --not-done need the --journal of the consult that needs a manual check.",
    );
  }
  const [, step, revision, id] = ANSWER.exec(done ?? open ?? "") ?? [];
  if (step === undefined) {
    throw new UsageError(
      "Unknown step. The steps are patient, session, link, details, context-0, …, audio, note, document.",
    );
  }
  return {
    step: step as ConsultResolution["step"],
    done: done !== undefined,
    ...omitUndefined({ id, revision: revision === undefined ? undefined : Number(revision) }),
  };
}
