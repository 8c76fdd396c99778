import { type CheckStatus, type Diagnosis, HeidiConfigurationError } from "../../index.ts";
import { connectionFlags, getIdentity, MissingKeyError, openHeidi } from "../client.ts";
import { type Command, EXIT } from "../command.ts";
import { formatHelp, parseDuration, parseFlags } from "../flags.ts";
import { paint, Status, type Terminal } from "../terminal.ts";

const doctorFlags = { json: { type: "boolean", description: "what was found as JSON" } } as const;

const MARKS: Readonly<Record<CheckStatus, readonly [mark: string, colour: "green" | "yellow" | "red"]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  failed: ["✗", "red"],
  unknown: ["?", "yellow"],
};

/** `heidi doctor`: what keeps calls from working, without a secret in it. */
export const doctorCommand: Command = {
  help: formatHelp({
    title: "heidi doctor: looks for what keeps calls from working",
    usage: "heidi doctor [options]",
    examples: ["heidi doctor --email dr@clinic.example --id ehr-42 --region au"],
    options: { "What is printed": doctorFlags, "Whose, and where": connectionFlags },
    notes: [
      "With a clinician, the key is tried by exchanging it for a token; Heidi makes a user of one that it does",
      "not know, so give one that is meant to exist. Without a clinician, only the address is looked at.",
      "Exit codes: 0 nothing is wrong, 1 something is, or a clinician was given and the key could not be tried.",
    ],
  }),
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, { ...doctorFlags, ...connectionFlags });
    const identity = getIdentity(flags, terminal);
    const timeoutMs = parseDuration("--timeout", flags.timeout);
    let diagnosis: Diagnosis;
    const status = new Status(terminal);
    try {
      const heidi = await openHeidi(flags, terminal, { mayContradict: true });
      status.busy("looking");
      try {
        diagnosis = await heidi.diagnose(identity, { signal: terminal.interrupted, timeoutMs });
      } finally {
        status.clear();
        await heidi.close();
      }
    } catch (error) {
      if (error instanceof HeidiConfigurationError || error instanceof MissingKeyError)
        return refuse(error.message, flags.json === true, terminal);
      throw error;
    }
    const isTried =
      identity === undefined ||
      diagnosis.checks.some(({ name, status }) => name === "key" && status === "ok");
    if (flags.json === true) terminal.print(JSON.stringify(diagnosis, null, 2));
    else show(diagnosis, identity === undefined, terminal);
    return diagnosis.ok && isTried ? EXIT.done : EXIT.failed;
  },
};

function show({ checks, ok }: Diagnosis, isAnonymous: boolean, terminal: Terminal): void {
  for (const { name, status, finding, advice } of checks) {
    // The library's advice names its own method.
    const shown =
      name === "key" && isAnonymous
        ? "Give --email and --id: the key is tried by exchanging it for a token."
        : advice;
    const [mark, colour] = MARKS[status];
    terminal.print(`${paint(mark, colour, terminal.colours.stdout)} ${name.padEnd(8)} ${finding}`);
    if (shown !== undefined) terminal.print(`           → ${shown}`);
  }
  if (!ok) terminal.print("\nCalls cannot work before what is marked ✗ is mended.");
}

/** Without a client nothing can be looked at, and the reason is the finding. */
function refuse(finding: string, json: boolean, terminal: Terminal): number {
  if (json)
    terminal.print(
      JSON.stringify({ ok: false, checks: [{ name: "settings", status: "failed", finding }] }, null, 2),
    );
  else terminal.print(`${paint("✗", "red", terminal.colours.stdout)} settings ${finding}`);
  return EXIT.failed;
}
