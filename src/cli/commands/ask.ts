import { connectionFlags, withClinician } from "../client.ts";
import { type Command, CommandError, EXIT, UsageError } from "../command.ts";
import { parseChoice, parseFlags } from "../flags.ts";
import { findSessionText, SESSION_TEXTS, type SessionText } from "../session-text.ts";
import { Status, type Terminal } from "../terminal.ts";

const askFlags = {
  about: {
    type: "string",
    value: "<text>",
    choices: SESSION_TEXTS,
    description: "note or transcript (default: the note, or the transcript if there is no note)",
  },
  json: { type: "boolean", description: 'prints the answer as JSON: {"answer":"…"}' },
} as const;

const MOST_WORDS = 1000;

/** `heidi ask`: prints an answer while Heidi writes it. */
export const askCommand: Command = {
  help: {
    title: "heidi ask: asks Heidi a question about a session",
    usage: "heidi ask <session id> <question> [options]",
    examples: [
      'heidi ask 160325637265694781337486253513281345629 "Which follow-up was agreed?"',
      "heidi ask 160325637265694781337486253513281345629 < question.txt",
    ],
    options: { Question: askFlags, Connection: connectionFlags },
    notes: ["Without a question, or with -, the question is read from standard input."],
  },
  run: async (args, terminal) => {
    const { values: flags, positionals } = parseFlags(args, { ...askFlags, ...connectionFlags }, MOST_WORDS);
    const [id, ...words] = positionals;
    if (id === undefined) throw new UsageError("Which session? heidi ask <session id> <question>");
    const about = parseChoice("--about", flags.about, SESSION_TEXTS);
    const question = await questionOf(words, flags["api-key-file"] === "-", terminal);
    await withClinician(flags, terminal, async (clinician) => {
      const status = new Status(terminal);
      const signal = terminal.interrupted;
      // The end of the output, which is inside a line when an answer breaks off.
      let last = "\n";
      status.busy("asking");
      try {
        const found = await findSessionText(clinician, id, about, signal);
        if (found === undefined) throw new CommandError(missingText(about));
        const body = { ai_command_text: question, content: found.content, content_type: "MARKDOWN" } as const;
        const answer = clinician.askHeidi.ask(id, body, { signal });
        if (flags.json === true) return terminal.print(JSON.stringify({ answer: await answer.text() }));
        for await (const piece of answer.textStream()) {
          status.clear();
          if (piece !== "") last = piece;
          await terminal.write(piece);
        }
      } finally {
        status.clear();
        if (!last.endsWith("\n")) await terminal.write("\n");
      }
    });
    return EXIT.done;
  },
};

async function questionOf(words: readonly string[], isKeyRead: boolean, terminal: Terminal): Promise<string> {
  const isRead = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (!isRead) return words.join(" ");
  if (terminal.readInput === undefined) {
    throw new UsageError('What is the question? heidi ask <session id> "…", or pipe it in.');
  }
  if (isKeyRead) throw new UsageError("Standard input cannot hold both the API key and the question.");
  const question = (await terminal.readInput()).trim();
  if (question === "") throw new UsageError("The question on standard input is empty.");
  return question;
}

const missingText = (about: SessionText | undefined): string =>
  about === "note"
    ? "The session has no note yet. Ask with --about transcript."
    : "The session has neither a note nor a transcript: upload its recording first.";
