import { PassThrough } from "node:stream";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { type Place, type Session, start } from "./terminal.ts";

/** The protocol's own client, connected to a running `heidi mcp`. */
export interface Connected {
  readonly client: Client;
  readonly session: Session;
  /** The text of all messages in both directions, and of standard error. */
  transcript(): string;
  /** Sends a line that the client would not send. */
  sendRaw(line: string): void;
  /** Closes standard input, as a client that ends does; resolves to the exit code. */
  close(): Promise<number>;
}

/** Starts `heidi mcp` in this process and connects a client to it. */
export async function connect({ environment }: Place, args: readonly string[] = []): Promise<Connected> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let messages = "";
  output.on("data", (chunk) => {
    messages += String(chunk);
  });
  const session = start(["mcp", ...args], { environment, streams: { input, output } });
  const client = new Client({ name: "test", version: "1.0.0" });
  // The transport is the same from both ends: it reads one stream and writes the other.
  await client.connect(new StdioServerTransport(output, input));
  return {
    client,
    session,
    transcript: () => `${messages}\n${session.output()}\n${session.errors()}`,
    sendRaw: (line) => void input.write(`${line}\n`),
    close: () => {
      input.end();
      return session.code;
    },
  };
}

/** The result of a tool: its fields, its text, and whether it is an error. */
export interface Called {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly text: string;
  readonly isError: boolean;
}

/** Calls a tool. The client checks the result against the tool's output schema. */
export async function call(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
): Promise<Called> {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: input });
  const [first] = content as readonly { readonly type: string; readonly text?: string }[];
  return {
    data: structuredContent as Called["data"],
    text: first?.text ?? "",
    isError: isError === true,
  };
}

/** The list with this name in a result. */
export function listIn({ data }: Called, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list = data?.[name];
  if (!Array.isArray(list)) throw new Error(`the result has no list ${name}`);
  return list;
}
