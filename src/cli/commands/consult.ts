import { rm } from "node:fs/promises";
import {
  type ConsultEnd,
  type ConsultInput,
  type ConsultResolution,
  type ConsultState,
  HeidiArgumentError,
  type HeidiUser,
} from "../../index.ts";
import { fileFromPath } from "../../node.ts";
import { withoutLink } from "../../utils/doc-link.ts";
import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import {
  type ConsultFlags,
  checkStandardInput,
  consultHelp,
  type PartialConsultInput,
  patientFlags,
  runFlags,
  sessionFlags,
  toConsultInput,
  toResolution,
  writingFlags,
} from "../consult-flags.ts";
import { ConsultReporter, printInterruption, printReview } from "../consult-reporter.ts";
import { openDemo } from "../demo.ts";
import { checkJournal, createJournalFile, fingerprintOf, replaceFile } from "../files.ts";
import { parseDuration, parseFlags } from "../flags.ts";
import { isKeptRecording, type LeftRecording, Spool, STANDARD_INPUT } from "../spool.ts";
import { createTemplateChoice, listTemplates } from "../templates.ts";
import { isOutputClosed, Status, type Terminal } from "../terminal.ts";

const consultFlags = {
  ...patientFlags,
  ...sessionFlags,
  ...writingFlags,
  ...runFlags,
  ...connectionFlags,
};

/** `heidi consult`: runs a consult until it is complete or needs a manual check. */
export const consultCommand: Command = {
  help: consultHelp,
  run: async (args, terminal) => {
    const { values: flags, positionals } = parseFlags(args, consultFlags, 1);
    const [recording] = positionals;
    const resolution = toResolution(flags);
    if (recording === STANDARD_INPUT) checkStandardInput(flags, terminal);
    if (flags.sandbox === true) {
      checkSandboxFlags(flags);
      return runInSandbox(flags, recording, terminal);
    }
    if (flags.templates === true) {
      await withClinician(flags, terminal, (one) => listTemplates(one, terminal, flags.json === true));
      return EXIT.done;
    }
    if (recording === undefined) {
      throw new UsageError(
        "Which recording? heidi consult <recording>. For a first try: heidi consult --sandbox",
      );
    }
    const consult = await toConsultInput(flags, recording);
    return withClinician(flags, terminal, (clinician) =>
      runConsult({ flags, consult, terminal, clinician, recording, resolution }),
    );
  },
};

/** Rejects options that need earlier data: the sandbox's data ends with the command. */
function checkSandboxFlags(flags: ConsultFlags): void {
  for (const name of [
    "journal",
    "session",
    "patient-profile",
    "base-url",
    "region",
    "api-key-file",
  ] as const) {
    if (flags[name] !== undefined) {
      throw new UsageError(
        `--sandbox and --${name} exclude each other: a sandbox starts empty and keeps nothing.`,
      );
    }
  }
}

async function runInSandbox(
  flags: ConsultFlags,
  recording: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const consult = await toConsultInput(flags, recording);
  const demo = await openDemo();
  try {
    const clinician = demo.heidi.forUser(demo.identity);
    if (flags.templates === true) {
      await listTemplates(clinician, terminal, flags.json === true);
      return EXIT.done;
    }
    if (flags.quiet !== true) {
      terminal.printError(
        "This is a local sandbox, not Heidi: its output is sample text, whatever the recording contains.",
      );
    }
    return await runConsult({ flags, consult, terminal, clinician, recording, resolution: undefined });
  } finally {
    await demo.close();
  }
}

/** The consult to run, and its surroundings. */
export interface Run {
  readonly flags: ConsultFlags;
  readonly consult: PartialConsultInput;
  readonly terminal: Terminal;
  readonly clinician: HeidiUser;
  readonly recording: string | undefined;
  readonly resolution: ConsultResolution | undefined;
}

/** Runs the consult; resolves to the exit code. */
export async function runConsult(run: Run): Promise<number> {
  const { flags, terminal, recording } = run;
  const status = new Status(terminal, { quiet: flags.quiet === true });
  if (recording !== STANDARD_INPUT) {
    const code = await runFrom(run, status, { path: recording });
    const isKept = recording !== undefined && isKeptRecording(recording, flags.journal);
    if (code === EXIT.done && isKept) await rm(recording, { force: true });
    return code;
  }
  // Everything that can fail without the recording comes first: standard input cannot be read again.
  if (flags.journal !== undefined) await checkJournal(flags.journal);
  const templates = await templatesOf(run, status);
  const spool = await Spool.create(flags.journal);
  let code: number | undefined;
  try {
    status.busy("reading the recording from standard input");
    await spool.read(terminal.streams.input, terminal.interrupted).finally(() => status.clear());
    code = await runFrom(run, status, { path: spool.path, spool, templates });
    return code;
  } finally {
    const left = await spool.release(code === EXIT.done);
    if (left !== undefined && !isOutputClosed(terminal)) terminal.printError(noticeOf(left));
  }
}

const noticeOf = ({ suffix, isComplete }: LeftRecording): string =>
  isComplete
    ? `The recording of standard input is kept. To continue, pass it instead of -: <journal>${suffix}`
    : `Nothing was sent. What was read of standard input is kept: <journal>${suffix}`;

/** The recording to use; `templates` are those that were chosen before it was read. */
interface Source {
  readonly path: string | undefined;
  /** The file of standard input, which moves when the journal accepts the recording. */
  readonly spool?: Spool;
  readonly templates?: TemplateInput;
}

async function runFrom(run: Run, status: Status, source: Source): Promise<number> {
  const { flags, terminal, clinician, resolution } = run;
  const isStreamed = flags.out === undefined && flags.json !== true;
  let kept = "";
  const write = async (text: string): Promise<void> => {
    if (isStreamed) await terminal.write(text);
    else kept += text;
  };
  const reporter = new ConsultReporter(status, write, {
    givenId: flags.session,
    isOnScreen: isStreamed && terminal.screen?.isShared === true,
  });
  const journal =
    flags.journal === undefined || source.path === undefined
      ? undefined
      : createJournalFile(flags.journal, await fingerprintOf([source.path, ...(flags.context ?? [])]));
  // Loaded here too, so that a wrong file is reported before the first API call.
  const saved = await journal?.load();
  await source.spool?.keep();
  const path = source.spool?.path ?? source.path;
  const signal = terminal.interrupted;
  const reconcileTimeoutMs = parseDuration("--settle", flags.settle);
  try {
    const templates = source.templates ?? (await templatesOf(run, status));
    const input: ConsultInput = { ...run.consult, ...templates, audio: audioOf(path, flags, run.recording) };
    reporter.waitFor(saved as ConsultState | undefined);
    let end: ConsultEnd | undefined;
    for await (const event of clinician.consult(input, {
      journal,
      signal,
      reconcileTimeoutMs: reconcileTimeoutMs,
      resolve: resolution,
      acceptPartial: flags["accept-partial"] === true,
    })) {
      await reporter.report(event);
      if (event.type === "done") end = { status: "done", result: event.result, journal: event.journal };
      if (event.type === "needs-review") end = { ...event, status: "needs-review" };
    }
    await reporter.end();
    await writeResult(end, kept, run);
    if (end?.status === "needs-review") return printReview(end, flags, terminal);
    status.note(
      flags.sandbox === true
        ? "For your own recordings, set HEIDI_API_KEY, HEIDI_EMAIL and HEIDI_USER_ID and omit --sandbox."
        : `To ask about this consult: heidi ask ${reporter.sessionId ?? "<session id>"} "…"`,
    );
    return EXIT.done;
  } catch (error) {
    status.clear();
    await reporter.end();
    if (terminal.interrupted.aborted) return printInterruption(reporter.sessionId, flags, terminal);
    if (error instanceof HeidiArgumentError && error.argument === "resume") {
      throw new UsageError(
        `${withoutLink(error)} Nothing was sent. Pass the same options as before, or another --journal.`,
      );
    }
    if (flags.journal !== undefined) terminal.printError("Run the same command again to continue.");
    throw error;
  }
}

/** Returns the recording to upload; that of standard input has no name of its own. */
function audioOf(
  path: string | undefined,
  { journal }: ConsultFlags,
  recording: string | undefined,
): ConsultInput["audio"] {
  if (path === undefined) return createSilentRecording();
  const file = fileFromPath(path);
  const isNameless = recording === STANDARD_INPUT || isKeptRecording(path, journal);
  return isNameless ? { data: file, filename: "" } : file;
}

type TemplateInput = Pick<ConsultInput, "template_id" | "document">;

async function templatesOf(
  { flags, consult, terminal, clinician }: Run,
  status: Status,
): Promise<TemplateInput> {
  const templates = createTemplateChoice(clinician, terminal.interrupted, status);
  const template_id = await templates.idOf(flags.template, "CONSULT_NOTE_TEMPLATE");
  const { voice_style, brain } = consult;
  if (flags.document === undefined) return { template_id };
  return {
    template_id,
    document: {
      template_id: await templates.idOf(flags.document, "DOCUMENT_TEMPLATE"),
      ...(voice_style === undefined ? {} : { voice_style }),
      ...(brain === undefined ? {} : { brain }),
    },
  };
}

/** Writes the result that was not printed while it arrived. */
async function writeResult(
  end: ConsultEnd | undefined,
  kept: string,
  { flags, terminal }: Run,
): Promise<void> {
  const { journal: _, ...shown } = end ?? { journal: undefined };
  const text = flags.json === true ? `${JSON.stringify(shown, null, 2)}\n` : kept;
  if (flags.out !== undefined) await replaceFile(flags.out, text);
  else await terminal.write(flags.json === true ? text : "");
}

const SAMPLE_RATE = 8000;
const HEADER_BYTES = 44;

/** Creates a minute of silence: the sandbox returns the same consult for every recording. */
export function createSilentRecording(): File {
  const samples = Buffer.alloc(60 * SAMPLE_RATE * 2);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("RIFF");
  header.writeUInt32LE(HEADER_BYTES - 8 + samples.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  // PCM, one channel, two bytes per sample.
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.length, 40);
  return new File([header, samples], "demo.wav", { type: "audio/wav" });
}
