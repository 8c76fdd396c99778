import { plainResponse, readBlob } from "../../platform.ts";
import { abortWith, reasonOf, throwIfAborted, withAbort } from "../../utils/abort.ts";
import { encodeText } from "../../utils/utf8.ts";
import { isBytes } from "../../utils/values.ts";
import { ConnectionReset } from "../faults/apply.ts";
import type { SandboxRequest, SandboxResponse } from "../message.ts";
import type { RequestHandler } from "../server.ts";

/** The listener for callers in the same process. */
export interface FetchListener {
  readonly fetch: typeof fetch;
  /** Ends all requests in flight; later ones are rejected. */
  close(reason: Error): void;
}

/** Creates a `fetch` that calls the request handler without a socket. The origin of a URL does not matter. */
export function createFetchListener(handle: RequestHandler): FetchListener {
  let closedBecause: Error | undefined;
  // A separate list: Node reports many listeners on one signal as a leak.
  const clients = new Set<AbortController>();
  const answerTo: typeof fetch = async (input, init) => {
    const request = readRequest(input, init);
    const { signal } = request;
    if (closedBecause !== undefined) throw closedBecause;
    throwIfAborted(signal);
    const client = new AbortController();
    const onAbort = (): void => abortWith(client, signal && reasonOf(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    clients.add(client);
    const done = (): void => {
      signal?.removeEventListener("abort", onAbort);
      clients.delete(client);
    };
    try {
      return toResponse(
        await withAbort(handle(toSandboxRequest(request, client)), client.signal),
        client,
        done,
      );
    } catch (error) {
      done();
      throw client.signal.aborted ? reasonOf(client.signal) : asPlatform(error, "fetch failed");
    }
  };
  return {
    fetch: answerTo,
    close: (reason) => {
      closedBecause = reason;
      for (const client of clients) abortWith(client, reason);
    },
  };
}

/** The request of a `fetch` call, read by its parts, because `instanceof` fails for classes of another realm. */
interface GivenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal | undefined;
}

function readRequest(input: RequestInfo | URL, init: RequestInit = {}): GivenRequest {
  const given: Partial<Request> = typeof input === "object" && "method" in input ? input : {};
  const url = new URL(given.url ?? String(input), globalThis.location?.href ?? "https://sandbox.invalid")
    .href;
  const method = (init.method ?? given.method ?? "GET").toUpperCase();
  const signal = init.signal === null ? undefined : (init.signal ?? given.signal);
  const headers = readHeaders(init.headers ?? given.headers);
  const content = init.body ?? undefined;
  if (content === undefined) {
    const isBodiless = method === "GET" || method === "HEAD" || given.body === null;
    const body = given.arrayBuffer === undefined || isBodiless ? undefined : contentOf(given as Request);
    return { method, url, headers, body, signal };
  }
  if (isStream(content)) return { method, url, headers, body: streamed(content), signal };
  if (ArrayBuffer.isView(content) || isBuffer(content))
    return { method, url, headers, body: one(bytesOf(content)), signal };
  const written = write(content as string | Blob | FormData | URLSearchParams);
  const type = written.headers.get("content-type");
  if (type !== null) headers["content-type"] ??= type;
  return { method, url, headers, body: contentOf(written), signal };
}

type Written = Pick<Response, "headers" | "arrayBuffer"> & Partial<Pick<Response, "body">>;

/** Encodes a form, a Blob or text with the platform's Response, which also gives the type. */
function write(content: string | Blob | FormData | URLSearchParams): Written {
  if (typeof Response === "function") return new Response(content);
  // Jest's jsdom has no Response, so the most common bodies are encoded here.
  const typed = (type: string, read: () => Promise<ArrayBuffer> | ArrayBuffer): Written => ({
    headers: new Headers(type === "" ? {} : { "content-type": type }),
    arrayBuffer: async () => read(),
  });
  const tag = Object.prototype.toString.call(content);
  if (typeof content === "string") return typed("text/plain;charset=UTF-8", () => encodeText(content).buffer);
  if (tag === "[object URLSearchParams]")
    return typed("application/x-www-form-urlencoded;charset=UTF-8", () => encodeText(String(content)).buffer);
  if ("size" in content && "slice" in content) return typed(content.type, () => readBlob(content));
  throw new TypeError(
    "This environment has no Response, without which a FormData cannot be sent: send bytes",
  );
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function readHeaders(headers: RequestInit["headers"]): Record<string, string> {
  const read: Record<string, string> = {};
  const pairs =
    headers === undefined || Symbol.iterator in headers ? (headers ?? []) : Object.entries(headers);
  for (const [name = "", value = ""] of pairs as Iterable<string[]>) {
    const key = name.toLowerCase();
    const known = read[key];
    read[key] = known === undefined ? value : `${known}, ${value}`;
  }
  return read;
}

const isStream = (content: unknown): content is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> =>
  typeof content === "object" &&
  content !== null &&
  !("size" in content) &&
  ("getReader" in content || Symbol.asyncIterator in content);

const isBuffer = (content: unknown): content is ArrayBuffer =>
  Object.prototype.toString.call(content) === "[object ArrayBuffer]";

function bytesOf(content: ArrayBufferView | ArrayBuffer): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(content)
    ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
    : new Uint8Array(content);
  return view.slice();
}

/** Reads the content as a whole where there is no `body`, as in Firefox and some test doubles. */
async function* contentOf(
  message: Pick<Request, "arrayBuffer"> & { readonly body?: ReadableStream<Uint8Array> | null },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (message.body) yield* streamed(message.body);
  else if (message.body === undefined) yield bytesOf(await message.arrayBuffer());
}

async function* streamed(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!("getReader" in stream)) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function toSandboxRequest(request: GivenRequest, client: AbortController): SandboxRequest {
  const { method, url, headers, body } = request;
  return { method, url, headers, body: body && readAll(body, client), signal: client.signal };
}

async function* readAll(
  body: AsyncIterable<Uint8Array>,
  client: AbortController,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await withAbort(iterator.next(), client.signal);
      if (done) return;
      // It can come from another realm.
      yield bytesOf(value);
    }
  } catch (error) {
    // A body that fails ends the request with its error, as it does on the network.
    abortWith(client, error);
    throw error;
  } finally {
    // Not awaited: a source that never responds does not end either.
    iterator.return?.()?.catch(() => {});
  }
}

function toResponse(answer: SandboxResponse, client: AbortController, done: () => void): Response {
  const init = { status: answer.status, headers: answer.headers };
  const { body } = answer;
  if (body === undefined || isBytes(body)) {
    done();
    if (typeof Response === "undefined") return classless(init, body && one(body));
    return new Response(body === undefined ? null : (body as BodyInit), init);
  }
  const iterator = body[Symbol.asyncIterator]();
  const finish = (): void => {
    done();
    // Not awaited: a generator that waits for its next word returns when its signal aborts.
    iterator.return?.().catch(() => {});
  };
  if (typeof Response === "undefined") return classless(init, pulled(iterator, client, finish));
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done: ended, value } = await withAbort(iterator.next(), client.signal);
          if (!ended) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(asPlatform(error, "terminated"));
        }
        finish();
      },
      cancel: (reason) => {
        abortWith(client, reason);
        finish();
      },
    },
    // No chunk is produced before it is read.
    { highWaterMark: 0 },
  );
  return new Response(stream, init);
}

async function* pulled(
  iterator: AsyncIterator<Uint8Array, unknown, undefined>,
  { signal }: AbortController,
  finish: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (;;) {
      const { done, value } = await withAbort(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw asPlatform(error, "terminated");
  } finally {
    finish();
  }
}

/** A response for an environment without the class. Its body is an async iterable. */
function classless(
  { status, headers }: Pick<SandboxResponse, "status" | "headers">,
  body: AsyncGenerator<Uint8Array, void, undefined> | undefined,
): Response {
  const read = async (): Promise<Uint8Array> => {
    const bytes: number[] = [];
    for await (const chunk of body ?? []) for (const byte of chunk) bytes.push(byte);
    return Uint8Array.from(bytes);
  };
  return Object.assign(plainResponse(status, new Headers({ ...headers }), read), { body: body ?? null });
}

/** A broken connection as a platform's fetch reports it. */
function asPlatform(error: unknown, message: string): unknown {
  if (!(error instanceof ConnectionReset)) return error;
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  return new TypeError(message, { cause });
}
