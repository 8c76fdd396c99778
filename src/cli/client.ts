import { readFile } from "node:fs/promises";
import { Heidi, type HeidiDialect, type HeidiIdentity, type HeidiRegion, type HeidiUser } from "../index.ts";
import { nodeHttpClient } from "../node.ts";
import { CommandError, systemCode, UsageError } from "./command.ts";
import { type FlagValues, parseChoice, parseDuration } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** The options of every command that calls the API. */
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
    choices: ["au", "us", "ca", "eu", "uk"],
    description: "the API key's region: au, us, ca, eu or uk (default: HEIDI_REGION)",
  },
  "base-url": {
    type: "string",
    value: "<url>",
    description: "a different API base URL (default: HEIDI_BASE_URL)",
  },
  dialect: {
    type: "string",
    value: "<form>",
    choices: ["auto", "documented", "spec"],
    description: "the request format: auto, documented or spec (default: HEIDI_DIALECT, then auto)",
  },
  "api-key-file": {
    type: "string",
    value: "<file>",
    description:
      "a file that contains the API key; - reads standard input\n(default: the key in HEIDI_API_KEY)",
  },
  timeout: {
    type: "string",
    value: "<duration>",
    description: "the longest time one request may make no progress, such as 30s or 5m",
  },
  "api-key": {
    type: "string",
    forbidden:
      "The API key cannot be passed as an argument: other users and processes on this machine can read arguments. Set HEIDI_API_KEY, or save the key in a file and pass --api-key-file <file> (- reads standard input).",
  },
} as const;

export type ConnectionFlags = FlagValues<typeof connectionFlags>;

const REGIONS: readonly HeidiRegion[] = connectionFlags.region.choices;
const DIALECTS: readonly HeidiDialect[] = connectionFlags.dialect.choices;

const LOOPBACK = /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?:[:/]|$)/;

/** Thrown when a command needs an API key and none is set. */
export class MissingKeyError extends UsageError {}

/** Returns an environment variable; a blank value counts as unset. */
const setting = ({ environment }: Terminal, name: string): string | undefined =>
  environment[name]?.trim() || undefined;

/** Returns the clinician to call the API for; undefined when neither the arguments nor the environment name one. */
export function getIdentity(flags: ConnectionFlags, terminal: Terminal): HeidiIdentity | undefined {
  const email = flags.email ?? setting(terminal, "HEIDI_EMAIL");
  const thirdPartyInternalId = flags.id ?? setting(terminal, "HEIDI_USER_ID");
  if (email !== undefined && thirdPartyInternalId !== undefined) return { email, thirdPartyInternalId };
  if (email === undefined && thirdPartyInternalId === undefined) return undefined;
  const [missing, variable] = email === undefined ? ["--email", "HEIDI_EMAIL"] : ["--id", "HEIDI_USER_ID"];
  throw new UsageError(
    `A clinician needs both an e-mail address and an id. Also pass ${missing}, or set ${variable}.`,
  );
}

/** Creates a client from the arguments and the environment. */
export async function openHeidi(
  flags: ConnectionFlags,
  terminal: Terminal,
  { mayContradict = false }: { readonly mayContradict?: boolean } = {},
): Promise<Heidi> {
  const region = parseChoice("--region", flags.region, REGIONS);
  const variable = setting(terminal, "HEIDI_BASE_URL");
  if (region !== undefined && flags["base-url"] === undefined && variable !== undefined && !mayContradict) {
    throw new UsageError(
      "--region conflicts with HEIDI_BASE_URL. Unset HEIDI_BASE_URL, or pass --base-url instead of --region.",
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
    // Users expect a command-line tool to use the proxy from the environment.
    ...(isLocal ? {} : { httpClient: nodeHttpClient({ proxy: "env" }) }),
  });
}

/** Calls `use` with a clinician's client, then closes the connections. */
export async function withClinician<T>(
  flags: ConnectionFlags,
  terminal: Terminal,
  use: (clinician: HeidiUser) => Promise<T>,
): Promise<T> {
  const identity = getIdentity(flags, terminal);
  if (identity === undefined) {
    throw new UsageError("No clinician: pass --email and --id, or set HEIDI_EMAIL and HEIDI_USER_ID.");
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
    "There is no API key: set HEIDI_API_KEY, or save the key in a file and pass --api-key-file <file>. " +
      "To try the SDK without a key: heidi consult --sandbox",
  );
}

async function readKey(file: string, terminal: Terminal): Promise<string> {
  if (file === "-" && terminal.readInput === undefined) {
    throw new UsageError("--api-key-file - reads the key from standard input: pipe the key in.");
  }
  try {
    const text = file === "-" ? await terminal.readInput?.() : await readFile(file, "utf8");
    // Editors and `echo` add a line break; the key has none.
    return (text ?? "").trim();
  } catch (error) {
    throw new CommandError(
      `The file of --api-key-file could not be read (${systemCode(error) ?? "unknown"}).`,
    );
  }
}
