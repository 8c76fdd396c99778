import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type {
  HistoryEntry,
  Sandbox,
  SandboxOptions,
  SandboxSeed,
  SavedSandbox,
} from "../../sandbox/index.ts";
import { isError } from "../../utils/values.ts";
import { type Command, CommandError, EXIT, systemCode, UsageError } from "../command.ts";
import { type FlagValues, parseChoice, parseFlags, parseWholeNumber } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

const DEFAULT_PORT = 4010;
const DEPLOYMENTS = ["spec", "documented"] as const;

const sandboxFlags = {
  port: {
    type: "string",
    value: "<number>",
    description: `the port on 127.0.0.1 (default ${DEFAULT_PORT}; 0 for any free port)`,
  },
  seed: {
    type: "string",
    value: "<file>",
    description: "the initial state as JSON: users, sessions, scripts, faults; or the result of save()",
  },
  deployment: {
    type: "string",
    value: "<name>",
    choices: DEPLOYMENTS,
    description:
      "spec (default), or documented: envelopes, events and timestamps as in the public\ndocumentation",
  },
  "require-linked-account": {
    type: "boolean",
    description: "rejects calls about patients until the user is linked to a Heidi account",
  },
  "api-key": {
    type: "string",
    value: "<key>",
    description: "the accepted API key (default heidi-sandbox-key)",
  },
  "stream-delay": {
    type: "string",
    value: "<ms>",
    description: "the pause between two words of a note (default 12)",
  },
  instant: {
    type: "boolean",
    description: "no delays: transcription, parsing, coding and streams complete at once",
  },
  quiet: { type: "boolean", description: "does not log requests" },
} as const;

/** `heidi sandbox`: runs until it is interrupted. */
export const sandboxCommand: Command = {
  help: {
    title: "heidi sandbox: runs a local, stateful sandbox of the Heidi API",
    usage: "heidi sandbox [options]",
    examples: ["heidi sandbox --instant --seed users.json"],
    options: { Options: sandboxFlags },
  },
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, sandboxFlags);
    const seed = flags.seed === undefined ? undefined : await readSeed(flags.seed);
    // Loaded on demand, so that other commands start without it.
    const { createSandbox } = await import("../../sandbox/index.ts");
    const options = toOptions(flags);
    const sandbox = await createSandbox({
      ...options,
      ...(isSaved(seed) || seed === undefined ? {} : { data: seed }),
      ...(flags.quiet === true ? {} : { onRequest: (entry) => terminal.print(logLine(entry)) }),
    }).catch((error) => {
      throw portError(error, options.port) ?? error;
    });
    try {
      if (isSaved(seed)) sandbox.load(seed);
      greet(sandbox, flags.deployment ?? "spec", terminal);
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, "abort");
    } finally {
      await sandbox.close();
    }
    return EXIT.done;
  },
};

type SandboxFlags = FlagValues<typeof sandboxFlags>;

function toOptions(flags: SandboxFlags): SandboxOptions {
  const deployment = parseChoice("--deployment", flags.deployment, DEPLOYMENTS);
  const instant = flags.instant === true;
  const delay = parseWholeNumber("--stream-delay", flags["stream-delay"]) ?? (instant ? 0 : undefined);
  return {
    port: parseWholeNumber("--port", flags.port) ?? DEFAULT_PORT,
    keepProcessAlive: true,
    deployment,
    requireLinkedAccount: flags["require-linked-account"] === true,
    apiKey: flags["api-key"],
    streamDelayMs: delay,
    timings: instant ? { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } : {},
  };
}

/** Returns the error of a port that cannot be used, with the command's options instead of the function's. */
function portError(error: unknown, port: SandboxOptions["port"]): CommandError | undefined {
  const code = systemCode(isError(error) ? error.cause : undefined);
  const free = "Pass another one with --port, or --port 0 for any free port.";
  if (code === "EADDRINUSE")
    return new CommandError(`Port ${port} is in use by another program. ${free}`, { cause: error });
  if (code === "EACCES") {
    const advice = "Pass one from 1024 on with --port, or --port 0 for any free port.";
    return new CommandError(`Port ${port} cannot be used without more privileges. ${advice}`, {
      cause: error,
    });
  }
  if (code === "EADDRNOTAVAIL")
    return new CommandError(
      "The address 127.0.0.1 is not available on this machine, and the sandbox listens on no other.",
      { cause: error },
    );
  if (code !== undefined)
    return new CommandError(`The sandbox could not listen on port ${port} of 127.0.0.1 (${code}). ${free}`, {
      cause: error,
    });
  return undefined;
}

async function readSeed(path: string): Promise<SandboxSeed | SavedSandbox> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = isError(cause) && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new UsageError(`The file of --seed could not be read${code}.`, { cause });
  }
  try {
    return JSON.parse(text) as SandboxSeed | SavedSandbox;
  } catch (cause) {
    throw new UsageError("The file of --seed is not JSON.", { cause });
  }
}

/** True for a state from save(), recognised by its `format`; the sandbox checks the rest on load. */
function isSaved(seed: SandboxSeed | SavedSandbox | undefined): seed is SavedSandbox {
  return typeof seed === "object" && seed !== null && "format" in seed;
}

function greet(sandbox: Sandbox, deployment: string, terminal: Terminal): void {
  terminal.print(`The Heidi sandbox is running (${deployment} deployment). Press Ctrl+C to stop it. It contains no real data; the key is not a real one.

  HEIDI_BASE_URL=${sandbox.baseUrl}
  HEIDI_API_KEY=${sandbox.apiKey}
`);
}

/** Returns one log line: time, status, operation, duration and sizes. It omits values of paths, queries and bodies. */
function logLine(entry: Readonly<HistoryEntry>): string {
  const { name, method, path, status, durationMs, requestBytes, responseBytes, disconnected } = entry;
  const time = new Date(entry.startedAtMs).toISOString().slice(11, 23);
  // An unknown path is shown, because the user needs it to find the mistake.
  const what = name ?? `${method} ${printable(path)}`;
  const outcome = String(status ?? "---");
  const notes = [
    ...(entry.faults.length > 0 ? [`fault: ${entry.faults.join(", ")}`] : []),
    ...(disconnected ? ["cut off"] : []),
    ...(name === undefined && status === 404 ? ["no such path"] : []),
  ];
  const sizes = `${bytes(requestBytes)} in, ${bytes(responseBytes)} out`;
  const after = notes.length > 0 ? `  [${notes.join("; ")}]` : "";
  return `${time}  ${outcome}  ${what.padEnd(36)} ${String(Math.round(durationMs ?? 0)).padStart(6)} ms  ${sizes}${after}`;
}

function bytes(count: number): string {
  return count < 10_000 ? `${count} B` : `${Math.round(count / 1000)} kB`;
}

/** Returns the path without control characters, which a terminal would interpret. */
function printable(path: string): string {
  return path.replaceAll(/[^ -~]/g, "?").slice(0, 120);
}
