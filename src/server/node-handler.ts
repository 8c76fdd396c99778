import type { IncomingMessage, ServerResponse } from "node:http";
import { jsonResponse } from "./error-response.ts";

/** A handler of requests as Next.js, Hono, Bun, Deno and Workers have it, such as the one of `tokenHandler()`. */
export type FetchHandler = (request: Request) => Response | PromiseLike<Response>;

/** An `IncomingMessage` of Express or Node's `http` module, declared here so that no project needs Node's types for it. */
export interface NodeIncomingMessage {
  readonly rawHeaders: readonly string[];
  readonly httpVersionMajor: number;
  readonly complete: boolean;
}

/** A `ServerResponse` of Express or Node's `http` module, likewise. */
export interface NodeServerResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  /** Sends the headers before the body. */
  flushHeaders(): void;
}

/** A handler of requests for Express and Node's `http` module. */
export type NodeHandler = (
  request: NodeIncomingMessage,
  response: NodeServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>;

/** Keeps each request as long as its response: in Node, the signal of a request that was collected is never aborted. */
const requests = new WeakMap<ServerResponse, Request>();

/**
 * Returns a handler for Express or Node's `http` module that does what a handler with `Request` and `Response` does. The
 * request's `signal` is aborted when the browser disconnects. The body arrives as the handler reads it, in constant memory;
 * a body parser, such as `express.json()`, must not have read it.
 *
 * An error of the handler goes to `next` if there is one, as in Express; otherwise the response is a 500 without a message.
 *
 * @example
 * import express from "express";
 * import { tokenHandler } from "heidi-health-sdk/server";
 *
 * const app = express();
 * const token = tokenHandler(heidi, async (request) => {
 *   const user = await signedInUser(request);
 *   return user && { email: user.email, thirdPartyInternalId: user.id };
 * });
 * app.all("/heidi-token", toNodeHandler(token));
 */
export function toNodeHandler(handler: FetchHandler): NodeHandler {
  return async (given, response, next) => {
    const outgoing = response as ServerResponse;
    const { request, drop } = requestOf(given as IncomingMessage, outgoing);
    if (request === undefined) {
      await sendResponse(outgoing, jsonResponse(400, { error: { name: "BadRequest" } }));
      return;
    }
    requests.set(outgoing, request);
    try {
      await sendResponse(outgoing, await handler(request));
    } catch (error) {
      if (outgoing.headersSent) breakOff(outgoing);
      else if (next === undefined)
        await sendResponse(outgoing, jsonResponse(500, { error: { name: "Error" } }));
      else next(error);
    } finally {
      drop();
    }
  };
}

interface ReadRequest {
  /** Undefined for a request that has no valid URL, method or headers. */
  readonly request: Request | undefined;
  /** Drops the rest of the body, so that the connection can be used again. */
  readonly drop: () => void;
}

function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): ReadRequest {
  const left = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) left.abort();
  });
  const { body, drop } = bodyOf(incoming);
  try {
    const headers = new Headers();
    for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
      const [name = "", value = ""] = incoming.rawHeaders.slice(at, at + 2);
      if (!name.startsWith(":")) headers.append(name, value);
    }
    const init = { method: incoming.method ?? "GET", headers, body, duplex: "half", signal: left.signal };
    return { request: new Request(urlOf(incoming), init as RequestInit), drop };
  } catch {
    return { request: undefined, drop };
  }
}

/** The URL as the client wrote it: Express removes the path of a router from `url`. */
function urlOf(incoming: IncomingMessage): string {
  const original: unknown = Reflect.get(incoming, "originalUrl");
  const path = typeof original === "string" ? original : (incoming.url ?? "/");
  if (/^https?:\/\//.test(path)) return path;
  const scheme = Reflect.get(incoming.socket, "encrypted") === true ? "https" : "http";
  const host = incoming.headers[":authority"] ?? incoming.headers.host ?? "localhost";
  return new URL(`${scheme}://${String(host)}${path.startsWith("/") ? path : "/"}`).href;
}

function bodyOf(incoming: IncomingMessage): {
  readonly body: ReadableStream<Uint8Array> | null;
  readonly drop: () => void;
} {
  const { method = "GET", headers, httpVersionMajor } = incoming;
  const hasBody =
    method !== "GET" &&
    method !== "HEAD" &&
    headers["content-length"] !== "0" &&
    (httpVersionMajor > 1 || "content-length" in headers || "transfer-encoding" in headers);
  if (!hasBody) return { body: null, drop: () => undefined };
  let iterator: AsyncIterator<Uint8Array> | undefined;
  const drop = (): void => {
    // A body that was never read is dropped by Node. To destroy the request would close the connection before the response.
    iterator?.return?.().then(
      () => incoming.resume(),
      () => undefined,
    );
  };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        iterator ??= incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: drop,
    },
    { highWaterMark: 0 },
  );
  return { body, drop };
}

/**
 * Sends a `Response`, such as that of `note.toResponse()`, as the response of Express or Node's `http` module: chunk by chunk
 * as they arrive, at the pace of the browser. When the browser disconnects, the body is cancelled, which closes the
 * connection to Heidi.
 *
 * Resolves when the response was sent or the browser disconnected. When the body fails, the connection is closed without the
 * answer's proper end, so that the browser sees that it is truncated; this rejects nothing, because the headers were sent.
 *
 * @example
 * import express from "express";
 *
 * const app = express();
 * app.post("/sessions/:id/note", async (request, response) => {
 *   const note = clinician.consultNotes.generate(request.params.id, body);
 *   await sendResponse(response, note.toResponse());
 * });
 */
export async function sendResponse(serverResponse: NodeServerResponse, response: Response): Promise<void> {
  const outgoing = serverResponse as ServerResponse;
  const { status, statusText, headers } = response;
  const reader = response.body?.getReader();
  const cancel = (): void => void reader?.cancel().catch(() => undefined);
  if (outgoing.destroyed) return cancel();
  outgoing.statusCode = status;
  if (statusText !== "") outgoing.statusMessage = statusText;
  headers.forEach((value, name) => {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  });
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) outgoing.appendHeader("set-cookie", cookies);
  if (reader === undefined) {
    outgoing.end();
    return;
  }
  outgoing.on("close", cancel);
  // Writing to a browser that has left.
  outgoing.on("error", cancel);
  // The browser sees that the response has begun, although its first chunk can take a while.
  outgoing.flushHeaders();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      await write(outgoing, next.value);
    outgoing.end();
  } catch {
    breakOff(outgoing);
  } finally {
    outgoing.off("close", cancel);
  }
}

/** Closes the connection in the middle of a response. */
function breakOff(outgoing: ServerResponse): void {
  // To HTTP/1.0, as nginx speaks it to its backend by default, the connection's end is the response's: only a reset differs.
  if (outgoing.req.httpVersion === "1.0") outgoing.socket?.resetAndDestroy();
  outgoing.destroy();
}

/** Resolves when the next chunk can be written, or when none can any more. */
function write(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> | void {
  const isFree = outgoing.write(chunk);
  // A compressing middleware collects what it gets, and adds this method.
  const flush: unknown = Reflect.get(outgoing, "flush");
  if (typeof flush === "function") flush.call(outgoing);
  if (isFree || outgoing.destroyed) return;
  return new Promise((resolve) => {
    const settle = (): void => {
      outgoing.off("drain", settle).off("close", settle);
      resolve();
    };
    outgoing.on("drain", settle).on("close", settle);
  });
}
