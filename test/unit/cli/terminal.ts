import { run } from "../../../src/cli/main.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";

/** A run of the command line, with all that it said. */
export interface Session {
  /** What was printed or written, in pieces. */
  readonly printed: string[];
  readonly failed: string[];
  /** What was drawn on the screen, where there is one. */
  readonly drawn: string[];
  readonly code: Promise<number>;
  /** Ends it as Ctrl+C does. */
  end(): Promise<number>;
  output(): string;
  errors(): string;
}

export interface Circumstances {
  readonly environment?: Readonly<Record<string, string>>;
  /** What is piped in; a keyboard otherwise. */
  readonly input?: string | undefined;
  readonly hasScreen?: boolean;
  readonly hasColours?: boolean;
  /** Called with each piece of output. */
  readonly onWrite?: (text: string, end: () => void) => void;
}

export function start(args: readonly string[], circumstances: Circumstances = {}): Session {
  const { environment = {}, input, hasScreen = false, hasColours = false, onWrite } = circumstances;
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

/** The sandbox of some tests, and what a command's environment has to say to reach it. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly environment: Readonly<Record<string, string>>;
}

export const user = { email: "zq7-dr@clinic.example", id: "zq7-ehr-1" };

/** A sandbox without waiting. */
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
