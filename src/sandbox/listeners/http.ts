import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { abortWith } from "../../utils/abort.ts";
import { isBytes } from "../../utils/values.ts";
import type { SandboxRequest } from "../message.ts";
import type { HttpListener } from "../platform.ts";
import type { RequestHandler } from "../server.ts";
import { corsHeaders, preflight } from "./cors.ts";

/**
 * Serves requests on a loopback port; 0 takes a free one. `isReset` selects the failures that break the connection. By
 * default neither the port nor an idle connection keeps the process alive; a request in flight does.
 */
export async function listenHttp(
  handle: RequestHandler,
  port: number,
  isReset: (error: unknown) => boolean,
  keepProcessAlive: boolean,
): Promise<HttpListener> {
  let held = keepProcessAlive;
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
    const { socket } = request;
    socket.ref();
    response.once("close", () => void (held || socket.unref()));
    serve(handle, request, response).catch((error) => {
      if (!isReset(error)) response.destroy();
      // A reset would overtake the bytes written before.
      else if (response.headersSent) request.socket.end();
      else request.socket.resetAndDestroy();
    });
  });
  server.on("connection", (socket) => void (held || socket.unref()));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  if (!held) server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    unref: () => {
      held = false;
      server.unref();
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  handle: RequestHandler,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const permission = preflight(request.method, request.headers);
  if (permission !== undefined) {
    response.writeHead(204, permission).end();
    return;
  }
  const client = new AbortController();
  // Also emitted after a complete response, when there is nothing left to stop.
  response.on("close", () => abortWith(client, new Error("The client went away")));
  const answer = await handle(toSandboxRequest(request, client));
  const { status, body } = answer;
  const headers = { ...answer.headers, ...corsHeaders };
  if (body === undefined || isBytes(body)) {
    const sized = status === 204 ? headers : { ...headers, "content-length": String(body?.length ?? 0) };
    response.writeHead(status, sized).end(body);
  } else {
    response.writeHead(status, { ...headers }).flushHeaders();
    await send(body, response, client.signal);
  }
  // A rejected upload is read to its end and dropped, so that the client can finish and read the reason.
  request.resume();
}

async function send(
  body: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of body) {
    if (signal.aborted) return;
    if (!response.write(chunk)) await drained(response, signal);
  }
  response.end();
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, "drain", { signal }).catch(() => {});
}

function toSandboxRequest(request: IncomingMessage, client: AbortController): SandboxRequest {
  const { method = "GET", url = "/", headers } = request;
  const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]);
  return {
    method,
    url,
    headers: Object.fromEntries(flat),
    body: bytesOf(request, client),
    signal: client.signal,
  };
}

async function* bytesOf(
  request: IncomingMessage,
  client: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // Destroying the request would close the socket before the response is sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    // An incomplete body means that the client disconnected, in whatever order the two events arrive.
    abortWith(client, error);
    throw error;
  }
}
