import {
  type ConsultEnd,
  type ConsultInput,
  type ConsultResolution,
  type ConsultState,
  HeidiArgumentError,
  type HeidiUser,
} from "../index.ts";
import { fileFromPath } from "../node.ts";
import { duration } from "./arguments.ts";
import { EXIT, type Terminal, UsageError } from "./command.ts";
import { tellInterruption, tellReview } from "./consult-ends.ts";
import { Telling } from "./consult-events.ts";
import type { GivenConsult } from "./consult-input.ts";
import type { ConsultValues } from "./consult-options.ts";
import { demoRecording } from "./demo.ts";
import { fingerprintOf, replaceFile } from "./files.ts";
import { createJournalFile } from "./journal-file.ts";
import { Status } from "./status.ts";
import { createTemplateChoice } from "./templates.ts";

/** A consult that is to be run. */
export interface Run {
  readonly given: ConsultValues;
  readonly consult: GivenConsult;
  readonly terminal: Terminal;
  readonly clinician: HeidiUser;
  readonly recording: string | undefined;
  readonly resolution: ConsultResolution | undefined;
}

/** Runs it to its end; resolves to the exit code. */
export async function runConsult(run: Run): Promise<number> {
  const { given, terminal, clinician, recording, resolution } = run;
  const status = new Status(terminal, { quiet: given.quiet === true });
  const isStreamed = given.out === undefined && given.json !== true;
  let kept = "";
  const write = async (text: string): Promise<void> => {
    if (isStreamed) await terminal.write(text);
    else kept += text;
  };
  const telling = new Telling(status, write, {
    givenId: given.session,
    isOnScreen: isStreamed && terminal.screen?.isShared === true,
  });
  const journal =
    given.journal === undefined || recording === undefined
      ? undefined
      : createJournalFile(given.journal, await fingerprintOf([recording, ...(given.context ?? [])]));
  // Read once now, so that a wrong file is told before Heidi is asked anything.
  const saved = await journal?.load();
  const signal = terminal.interrupted;
  const settleMs = duration("--settle", given.settle);
  try {
    const input = await inputOf(run, status);
    telling.waitFor(saved as ConsultState | undefined);
    let end: ConsultEnd | undefined;
    for await (const event of clinician.consult(input, {
      journal,
      signal,
      settleMs,
      resolve: resolution,
      acceptPartial: given["accept-partial"] === true,
    })) {
      await telling.tell(event);
      if (event.type === "done") end = { status: "done", result: event.result, journal: event.journal };
      if (event.type === "needs-review") end = { ...event, status: "needs-review" };
    }
    await telling.end();
    await putOut(end, kept, run);
    if (end?.status === "needs-review") return tellReview(end, given, terminal);
    status.note(
      given.sandbox === true
        ? "With HEIDI_API_KEY, HEIDI_EMAIL and HEIDI_USER_ID set, the same command without --sandbox is for your recordings."
        : `To ask about it: heidi ask ${telling.sessionId ?? "<session id>"} "…"`,
    );
    return EXIT.done;
  } catch (error) {
    status.clear();
    await telling.end();
    if (terminal.interrupted.aborted) return tellInterruption(telling.sessionId, given, terminal);
    if (error instanceof HeidiArgumentError && error.argument === "resume") {
      throw new UsageError(
        `${error.message} Nothing was sent: give the same options as before, or another --journal.`,
      );
    }
    if (given.journal !== undefined) terminal.fail("The same command goes on from where it came to.");
    throw error;
  }
}

async function inputOf(
  { given, consult, terminal, clinician, recording }: Run,
  status: Status,
): Promise<ConsultInput> {
  const templates = createTemplateChoice(clinician, terminal.interrupted, status);
  const template_id = await templates.idOf(given.template, "CONSULT_NOTE_TEMPLATE");
  const { voice_style, brain } = consult;
  const document =
    given.document === undefined
      ? {}
      : {
          document: {
            template_id: await templates.idOf(given.document, "DOCUMENT_TEMPLATE"),
            ...(voice_style === undefined ? {} : { voice_style }),
            ...(brain === undefined ? {} : { brain }),
          },
        };
  const audio = recording === undefined ? demoRecording() : fileFromPath(recording);
  return { ...consult, ...document, template_id, audio };
}

/** What was not printed while it came. */
async function putOut(end: ConsultEnd | undefined, kept: string, { given, terminal }: Run): Promise<void> {
  const { journal: _, ...shown } = end ?? { journal: undefined };
  const text = given.json === true ? `${JSON.stringify(shown, null, 2)}\n` : kept;
  if (given.out !== undefined) await replaceFile(given.out, text);
  else await terminal.write(given.json === true ? text : "");
}
