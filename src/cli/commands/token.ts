import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { formatHelp, parseFlags } from "../flags.ts";

const tokenFlags = {
  show: { type: "boolean", description: "prints the token itself, and nothing else, to the output" },
  json: {
    type: "boolean",
    description: 'prints {"token":"…","expiration_time":"…"}, as Heidi\'s widget is given it',
  },
} as const;

/** `heidi token`: prints the token only on request, for it gives access to a clinician's patients. */
export const tokenCommand: Command = {
  help: formatHelp({
    title: "heidi token: exchanges the API key for a clinician's token",
    usage: "heidi token [options]",
    examples: ["heidi token --email dr@clinic.example --id ehr-42", "heidi token --json | your-server"],
    options: { "What is printed": tokenFlags, "Whose, and where": connectionFlags },
    notes: [
      "Without --show or --json it tells only how long the token is good: a token on a screen, in a",
      "recording of it or in a log opens the clinician's patients to whoever reads it there.",
    ],
  }),
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, { ...tokenFlags, ...connectionFlags });
    if (flags.show === true && flags.json === true)
      throw new UsageError("--show and --json exclude each other: --json shows the token too.");
    await withClinician(flags, terminal, async (clinician) => {
      const jwt = await clinician.token({ signal: terminal.interrupted });
      const until = `It is good until ${jwt.expiration_time}${lastingOf(jwt.expiration_time)}.`;
      if (flags.json === true) return terminal.print(JSON.stringify(jwt));
      if (flags.show !== true) return terminal.print(`Heidi issued a token. ${until} --show prints it.`);
      terminal.print(jwt.token);
      // Beside a token that a script takes, a line on standard error would be noise.
      if (terminal.screen !== undefined) terminal.printError(until);
    });
    return EXIT.done;
  },
};

function lastingOf(expirationTime: string): string {
  const seconds = Math.round((Date.parse(expirationTime) - Date.now()) / 1000);
  if (!(seconds > 0)) return "";
  if (seconds < 120) return `, for ${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `, for ${minutes} minutes` : `, for ${Math.round(minutes / 60)} hours`;
}
