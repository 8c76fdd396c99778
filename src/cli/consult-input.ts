import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConsultInput, ConsultResolution } from "../index.ts";
import { fileFromPath } from "../node.ts";
import { choice, onlyGiven } from "./arguments.ts";
import { UsageError } from "./command.ts";
import { BRAINS, CODING_SYSTEMS, type ConsultValues, VOICES } from "./consult-options.ts";
import { systemCode } from "./failure.ts";
import { checkReadable, checkWritable } from "./files.ts";

/** A consult as the arguments have it; templates are looked up later, for that asks Heidi. */
export type GivenConsult = Omit<ConsultInput, "audio" | "template_id" | "document">;

/** What is wrong with arguments or files is told before anything is made at Heidi. */
export async function consultOf(given: ConsultValues, recording: string | undefined): Promise<GivenConsult> {
  const { session, appointment, language } = given;
  const context = given.context ?? [];
  if (recording !== undefined) await checkReadable("The recording", recording);
  for (const path of context) await checkReadable("A file of --context", path);
  for (const name of ["out", "journal"] as const) {
    const path = given[name];
    if (path === undefined) continue;
    const others = [recording, ...context, given["patient-file"], name === "out" ? given.journal : given.out];
    if (others.some((other) => other !== undefined && resolve(other) === resolve(path))) {
      throw new UsageError(`--${name} is a file that something else is in; give it one of its own.`);
    }
    await checkWritable(`The file of --${name}`, path);
  }
  const patient = await patientOf(given);
  const chosen = onlyGiven({
    session_id: session,
    ehr_appointment_id: appointment,
    language_code: language,
    output_language_code: given["output-language"],
  });
  return {
    ...(patient === undefined ? {} : { patient }),
    ...(Object.keys(chosen).length > 0 ? { session: chosen } : {}),
    ...(context.length > 0 ? { context: context.map((path) => ({ file: fileFromPath(path) })) } : {}),
    ...onlyGiven({
      voice_style: choice("--voice", given.voice, VOICES),
      brain: choice("--brain", given.brain, BRAINS),
      coding_system: choice("--codes", given.codes, CODING_SYSTEMS),
      ask: given.ask,
    }),
  };
}

async function patientOf(given: ConsultValues): Promise<ConsultInput["patient"]> {
  const id = given["patient-id"];
  const file = given["patient-file"];
  const profile = given["patient-profile"];
  if ([id, file, profile].filter((one) => one !== undefined).length > 1) {
    throw new UsageError("Give one of --patient-id, --patient-file and --patient-profile.");
  }
  const details = onlyGiven({
    first_name: given["first-name"],
    last_name: given["last-name"],
    gender: given.gender,
    date_of_birth: birthDate(given["birth-date"]),
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
    // Told below: the parser's own message would quote the file.
  }
  throw new UsageError(
    'The file of --patient-file must be JSON such as {"ehr_patient_id":"…","first_name":"…"}.',
  );
}

const ANSWER =
  /^(patient|session|link|details|context-\d{1,4}|audio|note|document)(?:@(\d{1,9}))?(?:=(.+))?$/s;

/** What a person found out about the step that needed a review. */
export function resolutionOf(given: ConsultValues): ConsultResolution | undefined {
  const done = given.done;
  const open = given["not-done"];
  if (done === undefined && open === undefined) return undefined;
  if (done !== undefined && open !== undefined) throw new UsageError("Give one of --done and --not-done.");
  if (given.journal === undefined) {
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
    ...onlyGiven({ id, revision: revision === undefined ? undefined : Number(revision) }),
  };
}
