import {
  type ConsultEnd,
  type ConsultInput,
  type ConsultResolution,
  type ConsultState,
  HeidiArgumentError,
  type HeidiUser,
} from "../../index.ts";
import { fileFromPath } from "../../node.ts";
import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import {
  type ConsultFlags,
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
import { createJournalFile, fingerprintOf, replaceFile } from "../files.ts";
import { parseDuration, parseFlags } from "../flags.ts";
import { createTemplateChoice, listTemplates } from "../templates.ts";
import { Status, type Terminal } from "../terminal.ts";

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
  const { flags, terminal, clinician, recording, resolution } = run;
  const status = new Status(terminal, { quiet: flags.quiet === true });
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
    flags.journal === undefined || recording === undefined
      ? undefined
      : createJournalFile(flags.journal, await fingerprintOf([recording, ...(flags.context ?? [])]));
  // Loaded here too, so that a wrong file is reported before the first API call.
  const saved = await journal?.load();
  const signal = terminal.interrupted;
  const reconcileTimeoutMs = parseDuration("--settle", flags.settle);
  try {
    const input = await inputOf(run, status);
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
        `${error.message} Nothing was sent. Pass the same options as before, or another --journal.`,
      );
    }
    if (flags.journal !== undefined) terminal.printError("Run the same command again to continue.");
    throw error;
  }
}

async function inputOf(
  { flags, consult, terminal, clinician, recording }: Run,
  status: Status,
): Promise<ConsultInput> {
  const templates = createTemplateChoice(clinician, terminal.interrupted, status);
  const template_id = await templates.idOf(flags.template, "CONSULT_NOTE_TEMPLATE");
  const { voice_style, brain } = consult;
  const document =
    flags.document === undefined
      ? {}
      : {
          document: {
            template_id: await templates.idOf(flags.document, "DOCUMENT_TEMPLATE"),
            ...(voice_style === undefined ? {} : { voice_style }),
            ...(brain === undefined ? {} : { brain }),
          },
        };
  const audio = recording === undefined ? createSilentRecording() : fileFromPath(recording);
  return { ...consult, ...document, template_id, audio };
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
