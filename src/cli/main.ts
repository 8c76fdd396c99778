import { didYouMean } from "../utils/suggest.ts";
import { version } from "../version.ts";
import { type CommandEntry, EXIT, UsageError } from "./command.ts";
import { isOutputClosed, signalExitCode, type Terminal } from "./terminal.ts";

const commands: readonly CommandEntry[] = [
  {
    name: "consult",
    summary: "runs a complete consult, from a recording to its note, documents and codes",
    load: async () => (await import("./commands/consult.ts")).consultCommand,
  },
  {
    name: "ask",
    summary: "asks Heidi a question about a session",
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
    summary: "finds problems that make API calls fail",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "mcp",
    summary: "serves a clinician's sessions to an MCP client, read-only by default",
    load: async () => (await import("./commands/mcp.ts")).mcpCommand,
  },
  {
    name: "sandbox",
    summary: "runs a local sandbox for development and tests",
    load: async () => (await import("./commands/sandbox.ts")).sandboxCommand,
  },
  {
    name: "completion",
    summary: "prints a script that completes commands and options in bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).createCompletionCommand(commands),
  },
];

const help = `heidi: the command line of the Heidi Health SDK

${commands.map(({ name, summary }) => `  heidi ${name.padEnd(10)} ${summary}`).join("\n")}

  heidi <command> --help    help for a command
  heidi --version           the version of this package

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
      `Unknown command.${didYouMean(name, names, (one) => `heidi ${one}`)} The commands are: ${names.join(", ")}.`,
    );
    return EXIT.usage;
  }
  try {
    const command = await entry.load();
    if (!isHelpAsked(rest)) return await command.run(rest, terminal);
    const { formatHelp } = await import("./help.ts");
    terminal.print(formatHelp(command.help));
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

/** Prints an error for the user; returns the exit code. */
async function printFailure(error: unknown, name: string, terminal: Terminal): Promise<number> {
  if (error instanceof UsageError) {
    terminal.printError(`${error.message}\nSee: heidi ${name} --help`);
    return EXIT.usage;
  }
  if (terminal.interrupted.aborted) {
    if (!isOutputClosed(terminal)) terminal.printError("Interrupted.");
    return signalExitCode(terminal);
  }
  // A failure is the only case that needs it.
  const { explain } = await import("./explain.ts");
  terminal.printError(await explain(error));
  return EXIT.failed;
}
