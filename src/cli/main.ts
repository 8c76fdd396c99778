import type { HeidiError, Outcome } from "../index.ts";
import { suggestSimilar } from "../utils/suggest.ts";
import { isError } from "../utils/values.ts";
import { version } from "../version.ts";
import { type Command, CommandError, EXIT, systemCode, UsageError } from "./command.ts";
import { isOutputClosed, signalExitCode, type Terminal } from "./terminal.ts";

interface Entry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loaded when it is asked for: the others, and `--version`, start without it. */
  load(): Promise<Command>;
}

const commands: readonly Entry[] = [
  {
    name: "consult",
    summary: "a whole consult: from a recording to its note, documents and codes",
    load: async () => (await import("./commands/consult.ts")).consultCommand,
  },
  {
    name: "ask",
    summary: "asks Heidi about a session",
    load: async () => (await import("./commands/ask.ts")).askCommand,
  },
  {
    name: "transcript",
    summary: "waits for the transcript of a session and prints it",
    load: async () => (await import("./commands/transcript.ts")).transcriptCommand,
  },
  {
    name: "token",
    summary: "exchanges the API key for a clinician's token",
    load: async () => (await import("./commands/token.ts")).tokenCommand,
  },
  {
    name: "doctor",
    summary: "looks for what keeps calls from working",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "sandbox",
    summary: "runs a local Heidi for development and tests",
    load: async () => (await import("./commands/sandbox.ts")).sandboxCommand,
  },
];

const help = `heidi: the Heidi Health SDK's command line

${commands.map(({ name, summary }) => `  heidi ${name.padEnd(10)} ${summary}`).join("\n")}

  heidi <command> --help    all about a command
  heidi --version           this package's version

For a first try, without a key: heidi consult --sandbox`;

/** Runs the command line; resolves to the exit code and never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args[0] === "help" ? [args[1] ?? "--help", "--help"] : args;
  if (name === undefined || name === "--help" || name === "-h") {
    terminal.print(help);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (name === "--version" || name === "-v") {
    terminal.print(version);
    return EXIT.done;
  }
  const entry = commands.find((one) => one.name === name);
  if (entry === undefined) {
    const names = commands.map((one) => one.name);
    terminal.printError(
      `There is no such command. Did you mean heidi ${suggestSimilar(name, names)}? There are: ${names.join(", ")}.`,
    );
    return EXIT.usage;
  }
  try {
    const command = await entry.load();
    if (!isHelpAsked(rest)) return await command.run(rest, terminal);
    terminal.print(command.help);
    return EXIT.done;
  } catch (error) {
    return await printFailure(error, entry.name, terminal);
  }
}

function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  return before.includes("--help") || before.includes("-h");
}

/** Prints a failure for the reader of the terminal; returns the exit code. */
async function printFailure(error: unknown, name: string, terminal: Terminal): Promise<number> {
  if (error instanceof UsageError) {
    terminal.printError(`${error.message}\nSee: heidi ${name} --help`);
    return EXIT.usage;
  }
  if (terminal.interrupted.aborted) {
    if (!isOutputClosed(terminal)) terminal.printError("Interrupted.");
    return signalExitCode(terminal);
  }
  terminal.printError(await explain(error));
  return EXIT.failed;
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  "not-sent": "not-sent (Heidi did not get the request)",
  rejected: "rejected (Heidi did nothing)",
  processed: "processed (Heidi did it, only its answer was lost)",
  unknown: "unknown (Heidi may have done it: look before you repeat it)",
};

/** A failure in words, without a stack: the reader of the terminal needs the reason. */
async function explain(error: unknown): Promise<string> {
  // Loaded here, so that the command line starts without the SDK.
  const { isHeidiError } = await import("../index.ts");
  if (isHeidiError(error)) return [error.message, ...propertiesOf(error)].join("\n");
  if (error instanceof CommandError) return error.message;
  // Messages of others may hold paths, which may be named after patients.
  const code = systemCode(error);
  if (code !== undefined) return `A file or stream could not be used (${code}).`;
  return `It failed for an unknown reason (${isError(error) ? error.name : typeof error}).`;
}

function propertiesOf({ operation, outcome, requestId }: HeidiError): string[] {
  // Outside of a call, as with a bad option, there is nothing that could have been done.
  const facts = [
    ...(operation === undefined ? [] : [`outcome: ${OUTCOMES[outcome]}`]),
    ...(requestId === undefined ? [] : [`request id: ${requestId}`]),
  ];
  return facts.map((fact) => `  ${fact}`);
}
