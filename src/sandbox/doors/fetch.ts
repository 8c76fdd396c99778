import type { Handle } from "../core.ts";
import type { SandboxRequest, SandboxResponse } from "../message.ts";

/**
 * A `fetch` that answers from the core without a socket. The origin of a URL does not matter. It is aborted by the
 * request's own signal and by `closed`.
 */
export function createFetchDoor(handle: Handle, closed: AbortSignal): typeof fetch {
  return async (input, init) => {
    const request = toRequest(input, init);
    if (closed.aborted) throw new TypeError("The sandbox is closed");
    const client = new AbortController();
    const onAbort = (): void => client.abort(request.signal.aborted ? request.signal.reason : closed.reason);
    for (const signal of [request.signal, closed]) signal.addEventListener("abort", onAbort, { once: true });
    const done = (): void => {
      for (const signal of [request.signal, closed]) signal.removeEventListener("abort", onAbort);
    };
    if (request.signal.aborted) onAbort();
    try {
      client.signal.throwIfAborted();
      const answer = await untilAborted(handle(toSandboxRequest(request, client.signal)), client.signal);
      return toResponse(answer, client, done);
    } catch (error) {
      done();
      throw client.signal.aborted ? client.signal.reason : error;
    }
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

function toSandboxRequest(request: Request, signal: AbortSignal): SandboxRequest {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? undefined : readAll(request.body, signal),
    signal,
  };
}

async function* readAll(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel(signal.reason).catch(() => {});
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
          controller.error(error);
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
