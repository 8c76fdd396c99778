import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Sandbox, SandboxOptions, SandboxSeed, SavedSandbox } from "../sandbox/index.ts";
import { type Command, EXIT, type Terminal, UsageError } from "./command.ts";
import { logLine } from "./request-log.ts";

const DEFAULT_PORT = 4010;

const help = `heidi sandbox: a local Heidi that remembers what it was told

  --port <number>            where it listens on 127.0.0.1 (default ${DEFAULT_PORT}; 0 for any free port)
  --seed <file>              JSON that it starts with: users, sessions, scripts, faults; or what save() gave
  --deployment <name>        spec (default), or documented: envelopes, events and times as the public pages show them
  --require-linked-account   refuses calls about patients until the user is linked to a Heidi account
  --api-key <key>            the key that it accepts (default heidi-sandbox-key)
  --stream-delay <ms>        the pause between two words of a note (default 12)
  --instant                  no waiting at all: transcription, parsing, coding and streams are done at once
  --quiet                    prints no requests`;

const options = {
  port: { type: "string" },
  seed: { type: "string" },
  deployment: { type: "string" },
  "require-linked-account": { type: "boolean" },
  "api-key": { type: "string" },
  "stream-delay": { type: "string" },
  instant: { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

/** `heidi sandbox`: runs until it is interrupted. */
export const sandboxCommand: Command = {
  name: "sandbox",
  summary: "runs a local Heidi for development and tests",
  help,
  run: async (args, terminal) => {
    const given = parse(args);
    const seed = given.seed === undefined ? undefined : await readSeed(given.seed);
    // Loaded here, so that other commands start without it.
    const { createSandbox } = await import("../sandbox/index.ts");
    const sandbox = await createSandbox({
      ...toOptions(given),
      ...(isSaved(seed) || seed === undefined ? {} : { data: seed }),
      ...(given.quiet === true ? {} : { onRequest: (entry) => terminal.print(logLine(entry)) }),
    });
    try {
      if (isSaved(seed)) sandbox.load(seed);
      greet(sandbox, given.deployment ?? "spec", terminal);
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, "abort");
    } finally {
      await sandbox.close();
    }
    return EXIT.done;
  },
};

type Given = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "The arguments were not understood.");
  }
}

function toOptions(given: Given): SandboxOptions {
  const { deployment } = given;
  if (deployment !== undefined && deployment !== "spec" && deployment !== "documented")
    throw new UsageError("--deployment takes spec or documented.");
  const instant = given.instant === true;
  const delay = wholeNumber("--stream-delay", given["stream-delay"]) ?? (instant ? 0 : undefined);
  return {
    port: wholeNumber("--port", given.port) ?? DEFAULT_PORT,
    deployment,
    requireLinkedAccount: given["require-linked-account"] === true,
    apiKey: given["api-key"],
    streamDelayMs: delay,
    timings: instant ? { parsingMs: 0, transcriptionMs: 0, codingMs: 0 } : {},
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes a whole number.`);
}

async function readSeed(path: string): Promise<SandboxSeed | SavedSandbox> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new UsageError(`The file of --seed could not be read${code}.`, { cause });
  }
  try {
    return JSON.parse(text) as SandboxSeed | SavedSandbox;
  } catch (cause) {
    throw new UsageError("The file of --seed is not JSON.", { cause });
  }
}

/** Told by its `format`; whether the rest fits is checked by whoever loads it. */
function isSaved(seed: SandboxSeed | SavedSandbox | undefined): seed is SavedSandbox {
  return typeof seed === "object" && seed !== null && "format" in seed;
}

function greet(sandbox: Sandbox, deployment: string, terminal: Terminal): void {
  terminal.print(`A Heidi of your own, the ${deployment} deployment, until you press Ctrl+C. Nobody's data, no real key.

  HEIDI_BASE_URL=${sandbox.baseUrl}
  HEIDI_API_KEY=${sandbox.apiKey}
`);
}
