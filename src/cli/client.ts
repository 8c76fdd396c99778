import { readFile } from "node:fs/promises";
import { Heidi, type HeidiDialect, type HeidiIdentity, type HeidiRegion, type HeidiUser } from "../index.ts";
import { nodeHttpClient } from "../node.ts";
import { CommandError, systemCode, UsageError } from "./command.ts";
import { type FlagValues, parseChoice, parseDuration } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** The options of every command that talks to Heidi. */
export const connectionFlags = {
  email: {
    type: "string",
    value: "<address>",
    description: "the clinician's e-mail address (default: HEIDI_EMAIL)",
  },
  id: {
    type: "string",
    value: "<id>",
    description: "the clinician's id in your system (default: HEIDI_USER_ID)",
  },
  region: {
    type: "string",
    value: "<region>",
    description: "au, us, ca, eu or uk: where the API key belongs (default: HEIDI_REGION)",
  },
  "base-url": {
    type: "string",
    value: "<url>",
    description: "another address of the API (default: HEIDI_BASE_URL)",
  },
  dialect: {
    type: "string",
    value: "<form>",
    description: "the form of requests: auto, documented or spec (default: HEIDI_DIALECT, then auto)",
  },
  "api-key-file": {
    type: "string",
    value: "<file>",
    description: "a file that holds the API key, - for standard input\n(default: the key in HEIDI_API_KEY)",
  },
  timeout: {
    type: "string",
    value: "<duration>",
    description: "how long one request may stand still, such as 30s or 5m",
  },
  "api-key": {
    type: "string",
    forbidden:
      "The API key is not taken as an argument: other users and processes of this machine can read arguments. Set HEIDI_API_KEY, or put the key into a file and give --api-key-file <file> (- for standard input).",
  },
} as const;

export type ConnectionFlags = FlagValues<typeof connectionFlags>;

const DIALECTS: readonly HeidiDialect[] = ["auto", "documented", "spec"];
const REGIONS: readonly HeidiRegion[] = ["au", "us", "ca", "eu", "uk"];
const LOOPBACK = /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$)/;

/** A key is needed, and none was given. */
export class MissingKeyError extends UsageError {}

/** A setting of the environment; a blank one counts as none. */
const setting = ({ environment }: Terminal, name: string): string | undefined =>
  environment[name]?.trim() || undefined;

/** Whom calls are made for; undefined when neither arguments nor environment say. */
export function getIdentity(flags: ConnectionFlags, terminal: Terminal): HeidiIdentity | undefined {
  const email = flags.email ?? setting(terminal, "HEIDI_EMAIL");
  const thirdPartyInternalId = flags.id ?? setting(terminal, "HEIDI_USER_ID");
  if (email !== undefined && thirdPartyInternalId !== undefined) return { email, thirdPartyInternalId };
  if (email === undefined && thirdPartyInternalId === undefined) return undefined;
  const [missing, variable] = email === undefined ? ["--email", "HEIDI_EMAIL"] : ["--id", "HEIDI_USER_ID"];
  throw new UsageError(
    `A clinician is an e-mail address and an id: give ${missing} too, or set ${variable}.`,
  );
}

/** A client, as arguments and environment say. */
export async function openHeidi(
  flags: ConnectionFlags,
  terminal: Terminal,
  { mayContradict = false }: { readonly mayContradict?: boolean } = {},
): Promise<Heidi> {
  const region = parseChoice("--region", flags.region, REGIONS);
  const variable = setting(terminal, "HEIDI_BASE_URL");
  if (region !== undefined && flags["base-url"] === undefined && variable !== undefined && !mayContradict) {
    throw new UsageError(
      "--region says one place and HEIDI_BASE_URL another. Unset HEIDI_BASE_URL, or give --base-url instead.",
    );
  }
  const baseUrl = flags["base-url"] ?? variable;
  const isLocal = baseUrl !== undefined && LOOPBACK.test(baseUrl);
  return new Heidi({
    baseUrl,
    region: region ?? parseChoice("HEIDI_REGION", setting(terminal, "HEIDI_REGION"), REGIONS),
    dialect:
      parseChoice("--dialect", flags.dialect, DIALECTS) ??
      parseChoice("HEIDI_DIALECT", setting(terminal, "HEIDI_DIALECT"), DIALECTS),
    apiKey: await getApiKey(flags, terminal),
    timeoutMs: parseDuration("--timeout", flags.timeout),
    // As of any command line, it is expected that it uses the proxy of the environment.
    ...(isLocal ? {} : { httpClient: nodeHttpClient({ proxy: "env" }) }),
  });
}

/** Runs something with a clinician, and closes the connections after it. */
export async function withClinician<T>(
  flags: ConnectionFlags,
  terminal: Terminal,
  use: (clinician: HeidiUser) => Promise<T>,
): Promise<T> {
  const identity = getIdentity(flags, terminal);
  if (identity === undefined) {
    throw new UsageError(
      "Say for whom: give --email and --id, or set HEIDI_EMAIL and HEIDI_USER_ID to a clinician's.",
    );
  }
  const heidi = await openHeidi(flags, terminal);
  try {
    return await use(heidi.forUser(identity));
  } finally {
    await heidi.close();
  }
}

async function getApiKey(flags: ConnectionFlags, terminal: Terminal): Promise<string> {
  const file = flags["api-key-file"];
  const key = file === undefined ? setting(terminal, "HEIDI_API_KEY") : await readKey(file, terminal);
  if (key !== undefined) return key;
  throw new MissingKeyError(
    "There is no API key: set HEIDI_API_KEY, or put it into a file and give --api-key-file <file>. " +
      "To try things without a key: heidi consult --sandbox",
  );
}

async function readKey(file: string, terminal: Terminal): Promise<string> {
  if (file === "-" && terminal.readInput === undefined) {
    throw new UsageError("--api-key-file - reads the key from standard input: pipe it in.");
  }
  try {
    const text = file === "-" ? await terminal.readInput?.() : await readFile(file, "utf8");
    // Editors and `echo` end a line; the key has none.
    return (text ?? "").trim();
  } catch (error) {
    throw new CommandError(
      `The file of --api-key-file could not be read (${systemCode(error) ?? "unknown"}).`,
    );
  }
}
