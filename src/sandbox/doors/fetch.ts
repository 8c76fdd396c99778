import type { Handle } from "../core.ts";
import { ConnectionReset } from "../faults/strike.ts";
import type { SandboxRequest, SandboxResponse } from "../message.ts";

/** A door for callers in the same process. */
export interface FetchDoor {
  readonly fetch: typeof fetch;
  /** Ends all requests under way; later ones are refused. */
  close(reason: Error): void;
}

/** A `fetch` that answers from the core without a socket. The origin of a URL does not matter. */
export function createFetchDoor(handle: Handle): FetchDoor {
  let closedBecause: Error | undefined;
  // A list of our own: Node takes many listeners on one signal for a leak.
  const clients = new Set<AbortController>();
  const answerTo: typeof fetch = async (input, init) => {
    const request = toRequest(input, init);
    if (closedBecause !== undefined) throw closedBecause;
    request.signal.throwIfAborted();
    const client = new AbortController();
    const onAbort = (): void => client.abort(request.signal.reason);
    request.signal.addEventListener("abort", onAbort, { once: true });
    clients.add(client);
    const done = (): void => {
      request.signal.removeEventListener("abort", onAbort);
      clients.delete(client);
    };
    try {
      return toResponse(
        await untilAborted(handle(toSandboxRequest(request, client)), client.signal),
        client,
        done,
      );
    } catch (error) {
      done();
      throw client.signal.aborted ? client.signal.reason : asPlatform(error, "fetch failed");
    }
  };
  return {
    fetch: answerTo,
    close: (reason) => {
      closedBecause = reason;
      for (const client of clients) client.abort(reason);
    },
  };
}

/** A request of another realm (a second copy of undici, a test environment) is no `Request` to this platform. */
function toRequest(input: RequestInfo | URL, init: RequestInit | undefined): Request {
  if (typeof input === "string" || input instanceof URL || input instanceof Request)
    return new Request(input, init);
  const { url, method, headers, body, signal } = input as Request;
  const sent = { method, headers: [...headers], signal, ...(body === null ? {} : { body, duplex: "half" }) };
  return new Request(url, { ...sent, ...init } as RequestInit);
}

function toSandboxRequest(request: Request, client: AbortController): SandboxRequest {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? undefined : readAll(request.body, client),
    signal: client.signal,
  };
}

async function* readAll(
  stream: ReadableStream<Uint8Array>,
  client: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), client.signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    // A body that fails ends the request with its error, as it does on the network.
    client.abort(error);
    throw error;
  } finally {
    reader.cancel(client.signal.reason).catch(() => {});
  }
}

function toResponse(answer: SandboxResponse, client: AbortController, done: () => void): Response {
  const init = { status: answer.status, headers: answer.headers };
  const { body } = answer;
  if (body === undefined || body instanceof Uint8Array) {
    done();
    return new Response(body === undefined ? null : (body as BodyInit), init);
  }
  const iterator = body[Symbol.asyncIterator]();
  const finish = (): void => {
    done();
    // Not awaited: a generator that waits for its next word returns once its signal wakes it.
    iterator.return?.().catch(() => {});
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done: ended, value } = await untilAborted(iterator.next(), client.signal);
          if (!ended) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(asPlatform(error, "terminated"));
        }
        finish();
      },
      cancel: (reason) => {
        client.abort(reason);
        finish();
      },
    },
    // Nothing is made before somebody reads it.
    { highWaterMark: 0 },
  );
  return new Response(stream, init);
}

/** A broken connection as a platform's fetch tells of it. */
function asPlatform(error: unknown, message: string): unknown {
  if (!(error instanceof ConnectionReset)) return error;
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError(message, { cause });
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever stops waiting for it does not want to hear how it failed either.
  work.catch(() => {});
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
