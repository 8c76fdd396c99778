import { type CheckStatus, type Diagnosis, HeidiConfigurationError } from "../../index.ts";
import { withoutLink } from "../../utils/doc-link.ts";
import { connectionFlags, getIdentity, MissingKeyError, openHeidi } from "../client.ts";
import { type Command, EXIT } from "../command.ts";
import { parseDuration, parseFlags } from "../flags.ts";
import { paint, Status, type Terminal } from "../terminal.ts";

const doctorFlags = { json: { type: "boolean", description: "prints the diagnosis as JSON" } } as const;

const MARKS: Readonly<Record<CheckStatus, readonly [mark: string, colour: "green" | "yellow" | "red"]>> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  failed: ["✗", "red"],
  unknown: ["?", "yellow"],
};

/** `heidi doctor`: prints problems that make API calls fail, without secrets. */
export const doctorCommand: Command = {
  help: {
    title: "heidi doctor: finds problems that make API calls fail",
    usage: "heidi doctor [options]",
    examples: ["heidi doctor --email dr@clinic.example --id ehr-42 --region au"],
    options: { Output: doctorFlags, Connection: connectionFlags },
    notes: [
      "With a clinician, the command tests the key by exchanging it for a token. Heidi creates a user for an unknown",
      "clinician, so pass one that is meant to exist. Without a clinician, the command checks only the address.",
      "Exit codes: 0 no problem, 1 a problem, or a clinician was passed and the key could not be tested.",
    ],
  },
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, { ...doctorFlags, ...connectionFlags });
    const identity = getIdentity(flags, terminal);
    const timeoutMs = parseDuration("--timeout", flags.timeout);
    let diagnosis: Diagnosis;
    const status = new Status(terminal);
    try {
      const heidi = await openHeidi(flags, terminal, { mayContradict: true });
      status.busy("checking");
      try {
        diagnosis = await heidi.diagnose(identity, { signal: terminal.interrupted, timeoutMs });
      } finally {
        status.clear();
        await heidi.close();
      }
    } catch (error) {
      if (error instanceof HeidiConfigurationError || error instanceof MissingKeyError)
        return refuse(withoutLink(error), flags.json === true, terminal);
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
    // The library's advice names a method of the SDK.
    const shown =
      name === "key" && isAnonymous
        ? "Pass --email and --id to test the key: it is exchanged for a clinician's token."
        : advice;
    const [mark, colour] = MARKS[status];
    terminal.print(`${paint(mark, colour, terminal.colours.stdout)} ${name.padEnd(8)} ${finding}`);
    if (shown !== undefined) terminal.print(`           → ${shown}`);
  }
  if (!ok) terminal.print("\nAPI calls will fail until you fix the items marked ✗.");
}

/** Prints a single finding: why the client could not be created. */
function refuse(finding: string, json: boolean, terminal: Terminal): number {
  if (json)
    terminal.print(
      JSON.stringify({ ok: false, checks: [{ name: "settings", status: "failed", finding }] }, null, 2),
    );
  else terminal.print(`${paint("✗", "red", terminal.colours.stdout)} settings ${finding}`);
  return EXIT.failed;
}
