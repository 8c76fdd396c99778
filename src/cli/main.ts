import { isHeidiError } from "../errors.ts";
import { version } from "../version.ts";
import { type Command, EXIT, type Terminal, UsageError } from "./command.ts";
import { sandboxCommand } from "./sandbox.ts";

const commands: readonly Command[] = [sandboxCommand];

const help = `heidi: the Heidi Health SDK's command line

${commands.map(({ name, summary }) => `  heidi ${name.padEnd(10)} ${summary}`).join("\n")}

  heidi <command> --help    all about a command
  heidi --version           this package's version`;

/** Runs the command line; resolves to the exit code and never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    terminal.print(help);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  if (name === "--version" || name === "-v") {
    terminal.print(version);
    return EXIT.done;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    terminal.fail(`There is no such command. There are: ${commands.map((one) => one.name).join(", ")}.`);
    return EXIT.usage;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    terminal.print(command.help);
    return EXIT.done;
  }
  try {
    return await command.run(rest, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.fail(`${error.message}\nSee: heidi ${command.name} --help`);
      return EXIT.usage;
    }
    // A stack is for whoever wrote the program; a reader of the terminal needs the reason.
    terminal.fail(
      isHeidiError(error) || error instanceof Error ? error.message : "It failed for an unknown reason.",
    );
    return EXIT.failed;
  }
}
