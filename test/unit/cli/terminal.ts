import { PassThrough, Readable } from "node:stream";
import { run } from "../../../src/cli/main.ts";
import type { Terminal } from "../../../src/cli/terminal.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";

/** A run of the command line, with all of its output. */
export interface Session {
  /** The text that was printed or written to standard output, in pieces. */
  readonly printed: string[];
  readonly failed: string[];
  /** The texts that were drawn on the screen, if there is one. */
  readonly drawn: string[];
  readonly code: Promise<number>;
  /** Ends the command as Ctrl+C does. */
  end(): Promise<number>;
  output(): string;
  errors(): string;
}

export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  /** The piped input; without it, standard input is a terminal. */
  readonly input?: string | undefined;
  readonly hasScreen?: boolean;
  readonly hasColours?: boolean;
  /** The other program's side of standard input and output. */
  readonly streams?: Terminal["streams"];
  /** Called for each piece of output. */
  readonly onWrite?: (text: string, end: () => void) => void;
}

export function start(args: readonly string[], circumstances: Circumstances = {}): Session {
  const { environment = {}, input, hasScreen = false, hasColours = false, streams, onWrite } = circumstances;
  const printed: string[] = [];
  const failed: string[] = [];
  const drawn: string[] = [];
  const interrupt = new AbortController();
  const code = run(args, {
    print: (line) => void printed.push(`${line}\n`),
    write: async (text) => {
      printed.push(text);
      onWrite?.(text, () => interrupt.abort("SIGINT"));
    },
    printError: (line) => void failed.push(line),
    screen: hasScreen ? { columns: 80, isShared: true, draw: (text) => void drawn.push(text) } : undefined,
    colours: { stdout: hasColours, stderr: hasColours },
    environment,
    readInput: input === undefined ? undefined : async () => input,
    streams: streams ?? {
      input: input === undefined ? new PassThrough() : Readable.from([Buffer.from(input)]),
      output: new PassThrough(),
    },
    interrupted: interrupt.signal,
  });
  return {
    printed,
    failed,
    drawn,
    code,
    end: () => {
      interrupt.abort("SIGINT");
      return code;
    },
    output: () => printed.join(""),
    errors: () => failed.join("\n"),
  };
}

/** A sandbox for tests, and the environment in which a command reaches it. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly environment: Readonly<Record<string, string>>;
}

export const user = { email: "zq7-dr@clinic.example", id: "zq7-ehr-1" };

/** Starts a sandbox without delays. */
export async function openPlace(options: SandboxOptions = {}): Promise<Place> {
  const sandbox = await createSandbox({
    apiKey: "zq7-key",
    timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
    streamDelayMs: 0,
    ...options,
  });
  const environment = {
    HEIDI_BASE_URL: sandbox.baseUrl,
    HEIDI_API_KEY: sandbox.apiKey,
    HEIDI_EMAIL: user.email,
    HEIDI_USER_ID: user.id,
  };
  return { sandbox, environment };
}
