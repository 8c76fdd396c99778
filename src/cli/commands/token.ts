import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { parseFlags } from "../flags.ts";

const tokenFlags = {
  show: { type: "boolean", description: "prints only the token" },
  json: {
    type: "boolean",
    description: 'prints {"token":"…","expiration_time":"…"}, the input of Heidi\'s widget',
  },
} as const;

/** `heidi token`: prints the token only on request, because it gives access to a clinician's patients. */
export const tokenCommand: Command = {
  help: {
    title: "heidi token: exchanges the API key for a clinician's token",
    usage: "heidi token [options]",
    examples: ["heidi token --email dr@clinic.example --id ehr-42", "heidi token --json | your-server"],
    options: { Output: tokenFlags, Connection: connectionFlags },
    notes: [
      "Without --show or --json, the command prints only how long the token is valid. Anyone who reads a token",
      "on a screen, in a screen recording or in a log can access the clinician's patients.",
    ],
  },
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, { ...tokenFlags, ...connectionFlags });
    if (flags.show === true && flags.json === true)
      throw new UsageError("--show and --json exclude each other: --json also prints the token.");
    await withClinician(flags, terminal, async (clinician) => {
      const jwt = await clinician.token({ signal: terminal.interrupted });
      const until = `It is valid until ${jwt.expiration_time}${lastingOf(jwt.expiration_time)}.`;
      if (flags.json === true) return terminal.print(JSON.stringify(jwt));
      if (flags.show !== true) return terminal.print(`Heidi issued a token. ${until} --show prints it.`);
      terminal.print(jwt.token);
      // A script reads only the token; a line on standard error would be noise.
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
