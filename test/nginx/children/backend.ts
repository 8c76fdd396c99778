import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { createSandbox } from "heidi-health-sdk/sandbox";

/** How the answers of one operation are cut off. */
export interface Cut {
  /** The end of the path. */
  readonly path: string;
  /** How many lines of the body leave before the connection ends. */
  readonly lines: number;
  /** True: the operation runs to its end all the same, so that what it makes is kept. */
  readonly completes: boolean;
}

/** What the parent sends. */
export interface Command {
  readonly cut?: Cut | undefined;
  /** Marks the end of an answer by the end of its connection only, also to HTTP/1.1 clients. */
  readonly untilClose?: boolean;
}

/** What this process sends: once. */
export interface Listening {
  readonly port: number;
  /** The path of the base URL. */
  readonly path: string;
  readonly apiKey: string;
}

let command: Command = {};
const sandbox = await createSandbox({
  timings: { parsingMs: 0, transcriptionMs: 0, codingMs: 0 },
  streamDelayMs: 0,
});
const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers))
    if (!["connection", "host", "transfer-encoding"].includes(name)) headers.set(name, String(value));
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const given = await sandbox.fetch(new URL(url, sandbox.baseUrl), { method, headers, body: body ?? null });
  const cut =
    command.cut !== undefined && url.split("?")[0]?.endsWith(command.cut.path) ? command.cut : undefined;
  const sent = Object.fromEntries(given.headers);
  if (cut !== undefined || command.untilClose) {
    delete sent["content-length"];
    if (command.untilClose) {
      response.useChunkedEncodingByDefault = false;
      response.shouldKeepAlive = false;
    }
  }
  response.writeHead(given.status, sent).flushHeaders();
  let lines = 0;
  const source = Readable.fromWeb((given.body ?? new Blob([]).stream()) as WebStream<Uint8Array>);
  for await (const chunk of source) {
    for (const line of Buffer.from(chunk as Uint8Array)
      .toString()
      .split(/(?<=\n)/)) {
      if (cut === undefined || lines < cut.lines) response.write(line);
      else if (!cut.completes) {
        // The process has crashed: nothing ends the answer but its connection.
        response.socket?.end();
        return;
      }
      lines += 1;
    }
  }
  if (cut === undefined) response.end();
  else response.socket?.end();
}

process.on("message", (next: Command) => {
  command = next;
  process.send?.("taken");
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { pathname: path } = new URL(sandbox.baseUrl);
  process.send?.({ port: address.port, path, apiKey: sandbox.apiKey } satisfies Listening);
});
