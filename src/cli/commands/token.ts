import { connectionOptions, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { helpOf, parse } from "../flags.ts";

const tokenOptions = {
  show: { type: "boolean", about: "prints the token itself, and nothing else, to the output" },
  json: {
    type: "boolean",
    about: 'prints {"token":"…","expiration_time":"…"}, as Heidi\'s widget is given it',
  },
} as const;

/** `heidi token`: the token opens a clinician's patients to whoever has it, so it is printed only when that is asked for. */
export const tokenCommand: Command = {
  help: helpOf({
    title: "heidi token: exchanges the API key for a clinician's token",
    usage: "heidi token [options]",
    examples: ["heidi token --email dr@clinic.example --id ehr-42", "heidi token --json | your-server"],
    options: { "What is printed": tokenOptions, "Whose, and where": connectionOptions },
    notes: [
      "Without --show or --json it tells only how long the token is good: a token on a screen, in a",
      "recording of it or in a log opens the clinician's patients to whoever reads it there.",
    ],
  }),
  run: async (args, terminal) => {
    const { values: given } = parse(args, { ...tokenOptions, ...connectionOptions });
    if (given.show === true && given.json === true)
      throw new UsageError("--show and --json exclude each other: --json shows the token too.");
    await withClinician(given, terminal, async (clinician) => {
      const jwt = await clinician.token({ signal: terminal.interrupted });
      const until = `It is good until ${jwt.expiration_time}${lastingOf(jwt.expiration_time)}.`;
      if (given.json === true) return terminal.print(JSON.stringify(jwt));
      if (given.show !== true) return terminal.print(`Heidi issued a token. ${until} --show prints it.`);
      terminal.print(jwt.token);
      // Beside a token that a script takes, a line on standard error would be noise.
      if (terminal.screen !== undefined) terminal.fail(until);
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
