import { parse } from "./arguments.ts";
import { type Command, EXIT, type Terminal, UsageError } from "./command.ts";
import { connectionOptions, withClinician } from "./connection.ts";
import { consultOf, resolutionOf } from "./consult-input.ts";
import {
  type ConsultValues,
  consultHelp,
  patientOptions,
  runOptions,
  sessionOptions,
  writingOptions,
} from "./consult-options.ts";
import { runConsult } from "./consult-run.ts";
import { openDemo } from "./demo.ts";
import { listTemplates } from "./templates.ts";

const consultOptions = {
  ...patientOptions,
  ...sessionOptions,
  ...writingOptions,
  ...runOptions,
  ...connectionOptions,
};

/** `heidi consult`: runs a consult to its end, or to where it can be gone on with. */
export const consultCommand: Command = {
  help: consultHelp,
  run: async (args, terminal) => {
    const { values: given, positionals } = parse(args, consultOptions, 1);
    const [recording] = positionals;
    const resolution = resolutionOf(given);
    if (given.sandbox === true) {
      checkDemo(given);
      return inDemo(given, recording, terminal);
    }
    if (given.templates === true) {
      await withClinician(given, terminal, (one) => listTemplates(one, terminal, given.json === true));
      return EXIT.done;
    }
    if (recording === undefined) {
      throw new UsageError(
        "Which recording? heidi consult <recording>. For a first try: heidi consult --sandbox",
      );
    }
    const consult = await consultOf(given, recording);
    return withClinician(given, terminal, (clinician) =>
      runConsult({ given, consult, terminal, clinician, recording, resolution }),
    );
  },
};

/** What a sandbox has made ends with it, so there is nothing to go on from. */
function checkDemo(given: ConsultValues): void {
  for (const name of [
    "journal",
    "session",
    "patient-profile",
    "base-url",
    "region",
    "api-key-file",
  ] as const) {
    if (given[name] !== undefined) {
      throw new UsageError(`--sandbox and --${name} exclude each other: a sandbox is new, and forgets all.`);
    }
  }
}

async function inDemo(
  given: ConsultValues,
  recording: string | undefined,
  terminal: Terminal,
): Promise<number> {
  const consult = await consultOf(given, recording);
  const demo = await openDemo();
  try {
    const clinician = demo.heidi.forUser(demo.identity);
    if (given.templates === true) {
      await listTemplates(clinician, terminal, given.json === true);
      return EXIT.done;
    }
    if (given.quiet !== true) {
      terminal.fail(
        "A sandbox on this machine, not Heidi: what it writes is invented, whatever the recording.",
      );
    }
    return await runConsult({ given, consult, terminal, clinician, recording, resolution: undefined });
  } finally {
    await demo.close();
  }
}
