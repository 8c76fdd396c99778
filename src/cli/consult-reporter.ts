import type { ClinicalCodesResponse, ConsultEnd, ConsultEvent, ConsultState, ConsultStep } from "../index.ts";
import { EXIT } from "./command.ts";
import type { ConsultFlags } from "./consult-flags.ts";
import { isOutputClosed, type Status, signalExitCode, type Terminal } from "./terminal.ts";

interface ReporterOptions {
  /** The id of an existing session; no session step is reported for it. */
  readonly givenId: string | undefined;
  /** True when the output and the status line share a screen. */
  readonly isOnScreen: boolean;
}

/** Reports a running consult: progress on the status line, written text on the output. */
export class ConsultReporter {
  readonly #status: Status;
  readonly #write: (text: string) => Promise<void>;
  #note = "";
  /** The position in the output: nothing written yet, inside a line, or at the beginning of a line. */
  #place: "nothing" | "line" | "begin" = "nothing";
  sessionId: string | undefined;

  readonly #options: ReporterOptions;

  /** @param write writes a piece of the output. */
  constructor(status: Status, write: (text: string) => Promise<void>, options: ReporterOptions) {
    this.#status = status;
    this.#write = write;
    this.#options = options;
  }

  async report(event: ConsultEvent): Promise<void> {
    const status = this.#status;
    const done = (text: string): void => {
      status.done(event.replayed ? `${text} (before)` : text);
      this.waitFor(event.journal);
    };
    switch (event.type) {
      case "step-begun":
        return status.busy(WORK[kindOf(event.step)]);
      case "reconciled":
        return status.note(
          event.found
            ? `the step ${event.step} was interrupted but had completed`
            : `the step ${event.step} was interrupted and left no result; running it again`,
        );
      case "patient-ready":
        return done("patient");
      case "session-created":
        this.sessionId = event.session_id;
        return event.session_id === this.#options.givenId ? undefined : done(`session ${event.session_id}`);
      case "context-uploaded":
        return done(`document ${event.index + 1} uploaded`);
      case "upload-progress":
        return status.bar("uploading", event.sentBytes, event.totalBytes);
      case "audio-uploaded":
        done("recording uploaded");
        return status.busy("waiting for the transcript");
      case "context-ready":
        return status.busy("waiting for the transcript");
      case "transcript":
        return done(`transcript, ${countWords(event.transcript)} words`);
      case "note-text":
        return this.#addToNote(event.text);
      case "note":
        await this.#endNote(event.note);
        return done("note");
      case "document":
        await this.#section(event.document.name ?? "Document", event.document.content ?? "");
        return done("document");
      case "codes":
        await this.#section("Codes", listOf(event.codes));
        return done("codes");
      case "answer":
        return this.#section("Answer", event.answer);
      case "needs-review":
      case "done":
        return status.clear();
    }
  }

  /** Shows the current wait when no event arrives for a while: mostly the lookup of an interrupted step. */
  waitFor(state: Pick<ConsultState, "steps"> | undefined): void {
    const open = Object.entries(state?.steps ?? {}).find(([, step]) => step?.state !== "done");
    this.#status.busy(open === undefined ? "continuing" : `checking whether the step ${open[0]} was done`);
  }

  /** Ends the current line of the output. */
  async end(): Promise<void> {
    if (this.#place === "line") await this.#put("\n");
  }

  async #addToNote(text: string): Promise<void> {
    this.#note += text;
    await this.#put(text);
  }

  /** Writes the rest of the note. A note from an earlier run, or from an interrupted stream, arrives whole. */
  async #endNote(note: string): Promise<void> {
    if (note.startsWith(this.#note)) await this.#put(note.slice(this.#note.length));
    else await this.#section("Note", note);
    await this.end();
  }

  async #section(title: string, text: string): Promise<void> {
    await this.end();
    await this.#put(`${this.#place === "nothing" ? "" : "\n"}# ${title}\n\n${text}`);
    await this.end();
  }

  async #put(text: string): Promise<void> {
    if (text === "") return;
    if (this.#options.isOnScreen) this.#status.clear();
    this.#place = text.endsWith("\n") ? "begin" : "line";
    await this.#write(text);
  }
}

type Kind = "patient" | "session" | "link" | "details" | "context" | "audio" | "note" | "document";

const WORK: Readonly<Record<Kind, string>> = {
  patient: "finding the patient",
  session: "creating the session",
  link: "linking the patient to the session",
  details: "setting up the session",
  context: "uploading a document",
  audio: "uploading the recording",
  note: "writing the note",
  document: "writing the document",
};

const kindOf = (step: ConsultStep): Kind => step.replace(/-\d+$/, "") as Kind;

const countWords = (text: string): string =>
  (text.match(/\S+/g)?.length ?? 0).toLocaleString("en", { useGrouping: true });

function listOf({ entities = [] }: ClinicalCodesResponse): string {
  const lines = entities.map(({ entity, primary_code: code }) => {
    const description = code?.description ?? code?.code_name ?? "";
    const isSaid = description.toLowerCase().includes((entity ?? "").toLowerCase());
    const about = isSaid ? "" : `, for: ${entity}`;
    return `- ${code?.code ?? "?"}  ${description}${about}`;
  });
  return lines.length > 0 ? lines.join("\n") : "No codes.";
}

/** Prints what to check manually, and the options that continue the consult afterwards. */
export function printReview(
  { step, reason, journal: state }: ConsultEnd & { readonly status: "needs-review" },
  { journal }: ConsultFlags,
  terminal: Terminal,
): number {
  const withId = /^(patient|session|context-\d+|document)$/.test(step) ? "=<Heidi's id of it>" : "";
  // With the revision, the answer counts once, even if the same command runs again after another interruption.
  const answer = `${step}@${state.revision}`;
  terminal.printError(
    [
      `Manual check needed: cannot determine whether the step ${step} was done (${reason}).`,
      ...(journal === undefined
        ? ["Check in Heidi before you run it again: without a --journal, every step runs again."]
        : [
            "Check in Heidi, then run the same command again with one of these options:",
            `  --done ${answer}${withId}`,
            `  --not-done ${answer}`,
          ]),
    ].join("\n"),
  );
  return EXIT.review;
}

/** Prints how to continue after Ctrl+C. */
export function printInterruption(
  sessionId: string | undefined,
  { journal, sandbox }: ConsultFlags,
  terminal: Terminal,
): number {
  if (!isOutputClosed(terminal)) {
    const further =
      journal !== undefined
        ? " To continue, run the same command again: completed steps do not run again."
        : sandbox === true || sessionId === undefined
          ? ""
          : " There was no --journal to continue from: completed steps stay at Heidi, and the same command starts over.";
    terminal.printError(`Interrupted.${further}`);
  }
  return signalExitCode(terminal);
}
