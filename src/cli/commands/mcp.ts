import type { HeidiUser } from "../../index.ts";
import { connectionFlags, withClinician } from "../client.ts";
import { type Command, EXIT, UsageError } from "../command.ts";
import { demoIdentity, openDemo } from "../demo.ts";
import { type FlagValues, parseFlags } from "../flags.ts";
import { loadPeer, type Peer } from "../mcp/peer.ts";
import { readTools } from "../mcp/read-tools.ts";
import { createServer } from "../mcp/server.ts";
import { writeTools } from "../mcp/write-tools.ts";
import type { Terminal } from "../terminal.ts";

const mcpFlags = {
  "allow-writes": {
    type: "boolean",
    description:
      "adds the tools that create sessions and generate notes and documents;\nwithout it, no tool changes anything at Heidi",
  },
  sandbox: {
    type: "boolean",
    description: "a local sandbox with sample sessions: needs no key and no account",
  },
} as const;

const flagTable = { ...mcpFlags, ...connectionFlags };

type McpFlags = FlagValues<typeof flagTable>;

/** `heidi mcp`: serves tools to an MCP client over standard input and output until the client ends. */
export const mcpCommand: Command = {
  help: {
    title: "heidi mcp: serves a clinician's sessions to an MCP client, read-only by default",
    usage: "heidi mcp [options]",
    examples: [
      "heidi mcp --email dr@clinic.example --id ehr-42 --api-key-file key.txt",
      "heidi mcp --sandbox",
    ],
    options: { Server: mcpFlags, Connection: connectionFlags },
    notes: [
      "An MCP client starts this command and talks to it over standard input and output. What the tools return is",
      "patients' data: the client and its language model receive it. The key and the clinician's token stay here.",
      "It needs the package @modelcontextprotocol/sdk beside this one: npm install @modelcontextprotocol/sdk",
    ],
  },
  run: async (args, terminal) => {
    const { values: flags } = parseFlags(args, flagTable);
    checkFlags(flags);
    const peer = await loadPeer();
    const use = (clinician: HeidiUser): Promise<void> => serve(peer, clinician, flags, terminal);
    if (flags.sandbox === true) await withSampleClinician(use);
    else await withClinician(flags, terminal, use);
    return EXIT.done;
  },
};

function checkFlags(flags: McpFlags): void {
  if (flags["api-key-file"] === "-") {
    throw new UsageError(
      "--api-key-file - is not possible here: standard input carries the messages of the MCP client.",
    );
  }
  if (flags.sandbox !== true) return;
  for (const name of ["email", "id", "region", "base-url", "dialect", "api-key-file"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--sandbox and --${name} exclude each other.`);
  }
}

/** Serves the tools until the client closes standard input or the user ends the command. Calls in flight are aborted. */
async function serve(peer: Peer, clinician: HeidiUser, flags: McpFlags, terminal: Terminal): Promise<void> {
  const { input, output } = terminal.streams;
  const tools = flags["allow-writes"] === true ? [...readTools, ...writeTools] : readTools;
  const server = createServer(peer, {
    tools,
    clinician,
    onInvalidMessage: () => terminal.printError("A message of the MCP client could not be handled."),
  });
  const ended = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  const stop = (): void => void server.close();
  for (const event of ["end", "close", "error"]) input.once(event, stop);
  terminal.interrupted.addEventListener("abort", stop);
  try {
    for (const line of noticeOf(flags, tools.length)) terminal.printError(line);
    await server.connect(new peer.StdioServerTransport(input, output));
    if (terminal.interrupted.aborted || input.readableEnded || input.destroyed) stop();
    await ended;
  } finally {
    terminal.interrupted.removeEventListener("abort", stop);
    for (const event of ["end", "close", "error"]) input.off(event, stop);
    // An open standard input would keep the process alive.
    input.destroy();
  }
}

function noticeOf(flags: McpFlags, count: number): readonly string[] {
  const mode = flags["allow-writes"] === true ? "some of them change data at Heidi" : "read-only";
  return [
    `heidi mcp: ${count} tools, ${mode}. Messages are on standard input and output; Ctrl+C ends the server.`,
    flags.sandbox === true
      ? "This is a local sandbox, not Heidi: its sessions are sample text."
      : "What the tools return is patients' data: the MCP client and its language model receive it.",
  ];
}

/** The sessions of `--sandbox`. */
const SAMPLES = ["general-practice", "paediatrics", "physiotherapy"];

/** Calls `use` with a clinician of a sandbox whose sessions have recordings and notes. */
async function withSampleClinician(use: (clinician: HeidiUser) => Promise<void>): Promise<void> {
  const { email, thirdPartyInternalId } = demoIdentity;
  const user = {
    email,
    third_party_internal_id: thirdPartyInternalId,
    linked_account: "demo",
    sessions: SAMPLES.map((consult) => ({ consult })),
  };
  const demo = await openDemo({ users: [user] });
  try {
    const clinician = demo.heidi.forUser(demo.identity);
    const { data: sessions = [] } = await clinician.sessions.listLinkedUser();
    const body = {
      generation_method: "TEMPLATE",
      addition: "",
      voice_style: "GOLDILOCKS",
      brain: "LEFT",
    } as const;
    await Promise.all(
      sessions.map(({ session_id = "" }) => clinician.consultNotes.generate(session_id, body).text()),
    );
    await use(clinician);
  } finally {
    await demo.close();
  }
}
