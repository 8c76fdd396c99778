import { nearestOf } from "../sandbox/nearest.ts";
import { version } from "../version.ts";
import { type Command, EXIT, interruptedCode, isReaderGone, type Terminal, UsageError } from "./command.ts";

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
    load: async () => (await import("./consult.ts")).consultCommand,
  },
  {
    name: "ask",
    summary: "asks Heidi about a session",
    load: async () => (await import("./ask.ts")).askCommand,
  },
  {
    name: "transcript",
    summary: "waits for the transcript of a session and prints it",
    load: async () => (await import("./transcript.ts")).transcriptCommand,
  },
  {
    name: "token",
    summary: "exchanges the API key for a clinician's token",
    load: async () => (await import("./token.ts")).tokenCommand,
  },
  {
    name: "doctor",
    summary: "looks for what keeps calls from working",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "sandbox",
    summary: "runs a local Heidi for development and tests",
    load: async () => (await import("./sandbox.ts")).sandboxCommand,
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
    terminal.fail(
      `There is no such command. Did you mean heidi ${nearestOf(name, names)}? There are: ${names.join(", ")}.`,
    );
    return EXIT.usage;
  }
  try {
    const command = await entry.load();
    if (!isHelpAsked(rest)) return await command.run(rest, terminal);
    terminal.print(command.help);
    return EXIT.done;
  } catch (error) {
    return await tell(error, entry.name, terminal);
  }
}

function isHelpAsked(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  return before.includes("--help") || before.includes("-h");
}

/** What a failure means to whoever reads the terminal, and the exit code. */
async function tell(error: unknown, name: string, terminal: Terminal): Promise<number> {
  if (error instanceof UsageError) {
    terminal.fail(`${error.message}\nSee: heidi ${name} --help`);
    return EXIT.usage;
  }
  if (terminal.interrupted.aborted) {
    if (!isReaderGone(terminal)) terminal.fail("Interrupted.");
    return interruptedCode(terminal);
  }
  const { explain } = await import("./failure.ts");
  terminal.fail(explain(error));
  return EXIT.failed;
}
