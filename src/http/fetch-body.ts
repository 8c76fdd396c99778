import { annotate, HeidiConfigurationError, HeidiError, HeidiUploadError } from "../errors.ts";
import { isBrowser } from "../platform.ts";
import { concatBytes } from "../upload/readers.ts";
import type { RequestBody } from "../upload/types.ts";
import { bindContext } from "../utils/async-context.ts";
import { isBytes } from "../utils/values.ts";
import type { HttpEvents } from "./http-client.ts";

/**
 * The maximum size of a stream that is buffered in memory where fetch cannot send streams: 512 MiB.
 * Firefox and Safari cannot send streams, and Chromium cannot send them over HTTP/1.1.
 */
export const MAX_GATHERED_BYTES: number = 512 * 1024 * 1024;

/** Small chunks are joined up to this size before they are added to a Blob. */
const BATCH_BYTES = 1024 * 1024;

/** A request body in a form that this platform's fetch can send. */
export interface FetchBody {
  readonly content: BodyInit;
  /** The size of a content that is sent as a whole, without progress events. */
  readonly wholeBytes?: number | undefined;
  /** Redirects are not followed; with any other mode, Node's fetch keeps a copy of the whole stream. */
  readonly redirect?: "error";
}

/** Events of a body while it is read. */
export interface FetchBodyEvents extends HttpEvents {
  /** The source failed: the exchange ends with this error. */
  onFailed(error: Error): void;
}

interface Runtime {
  readonly process?: {
    readonly versions?: Readonly<Record<string, string | undefined>>;
    getBuiltinModule?(name: string): unknown;
  };
  readonly FixedLengthStream?: new (size: number) => { readable: ReadableStream; writable: WritableStream };
}

const runtime = globalThis as Runtime;
const versions = (): Readonly<Record<string, string | undefined>> => runtime.process?.versions ?? {};
/** Returns true for Node, also with the globals of jsdom. Electron is excluded, because its fetch is Chromium's. */
const isNode = (): boolean => {
  const { node, bun, deno, electron } = versions();
  return node !== undefined && bun === undefined && deno === undefined && electron === undefined;
};

/**
 * Chooses the form of a body: a stream with its length where the platform's fetch can send one, otherwise a Blob, otherwise
 * bytes. Converting the result to a string throws, because a fetch that does not support the form would send that string.
 *
 * @throws HeidiUploadError when a stream is too large to buffer or its size differs from the declared size; nothing is sent.
 */
export async function toFetchBody(
  body: RequestBody,
  headers: Record<string, string>,
  events: FetchBodyEvents,
): Promise<FetchBody> {
  if (isBrowser() || !sendsStreams()) {
    const blob = makesBlobs() ? toBlob(body) : undefined;
    const content = blob ?? (await buffer(body, events));
    return {
      content: rejectStringConversion(content),
      wholeBytes: isBytes(content) ? content.byteLength : content.size,
    };
  }
  const { sizeBytes } = body;
  if (isNode()) {
    if (sizeBytes !== undefined) headers["content-length"] = String(sizeBytes);
    const source = new BodySource(body, events);
    const stream = nodeStream(source) ?? webStream(source);
    return { content: rejectStringConversion(stream), redirect: "error" };
  }
  if (sizeBytes !== undefined) {
    const { FixedLengthStream } = runtime;
    if (FixedLengthStream !== undefined) {
      const fixed = new FixedLengthStream(sizeBytes);
      webStream(new BodySource(body, events))
        .pipeTo(fixed.writable)
        .catch(() => undefined); // `onFailed` has already reported the error
      return { content: rejectStringConversion(fixed.readable) };
    }
    if (versions()["bun"] !== undefined) headers["content-length"] = String(sizeBytes);
    else if (await readsBlobsByStream()) {
      return {
        content: rejectStringConversion(
          streamedBlob(sizeBytes, () => webStream(new BodySource(body, events))),
        ),
      };
    } else {
      const whole = toBlob(body);
      if (whole !== undefined) return { content: rejectStringConversion(whole), wholeBytes: whole.size };
    }
  }
  return { content: rejectStringConversion(webStream(new BodySource(body, events))) };
}

let sends: boolean | undefined;

/** Returns true if fetch can send a stream. A fetch without this support treats it as text and sets a content type. */
function sendsStreams(): boolean {
  if (sends !== undefined) return sends;
  try {
    const init = { method: "POST", body: new ReadableStream(), duplex: "half" };
    sends = !new Request("https://stream.invalid", init).headers.has("content-type");
  } catch {
    sends = false; // React Native: no streams at all
  }
  return sends;
}

let byStream: Promise<boolean> | undefined;

/** Returns true if the platform reads a Blob by its `stream` method, as Deno does: then a stream can be sent with its length. */
function readsBlobsByStream(): Promise<boolean> {
  const probe = streamedBlob(2, () => new Blob(["ok"]).stream());
  byStream ??= new Response(probe).text().then(
    (text) => text === "ok",
    () => false,
  );
  return byStream;
}

function streamedBlob(size: number, open: () => ReadableStream<Uint8Array>): Blob {
  return Object.defineProperties(new Blob([]), { size: { value: size }, stream: { value: open } });
}

/** Returns the body as a Blob; undefined if its parts are not Blobs, or if the platform loses some of them (Bun: those of files). */
function toBlob(body: RequestBody): Blob | undefined {
  let blob: Blob | undefined;
  try {
    blob = body.blob?.();
  } catch (error) {
    if (error instanceof HeidiError) throw error;
    return undefined; // a platform that cannot create a Blob from bytes, such as React Native
  }
  return blob !== undefined && blob.size === body.sizeBytes ? blob : undefined;
}

/** Returns true if the platform can create a Blob from bytes, and its fetch can send it. */
function makesBlobs(): boolean {
  try {
    return !(isBrowser() && isNode()) && new Blob([new Uint8Array(1)]).size === 1;
  } catch {
    return false; // React Native
  }
}

/** Reads the whole body before it is sent. */
async function buffer(body: RequestBody, events: HttpEvents): Promise<Blob | Uint8Array<ArrayBuffer>> {
  if ((body.sizeBytes ?? 0) > MAX_GATHERED_BYTES) throw streamTooLargeError();
  const asBlob = makesBlobs();
  const blobs: Blob[] = [];
  let batch: Uint8Array<ArrayBuffer>[] = [];
  let batchBytes = 0;
  let size = 0;
  try {
    events.onSource?.(true);
    for await (const chunk of body.open() as AsyncIterable<Uint8Array>) {
      events.onSent?.(0); // data moves, although nothing has been sent yet
      events.onSource?.(true);
      size += chunk.byteLength;
      if (size > MAX_GATHERED_BYTES) throw streamTooLargeError();
      batch.push(chunk as Uint8Array<ArrayBuffer>);
      batchBytes += chunk.byteLength;
      if (!asBlob || batchBytes < BATCH_BYTES) continue;
      blobs.push(new Blob(batch)); // the browser may store the Blob on disk
      batch = [];
      batchBytes = 0;
    }
  } catch (error) {
    throw error instanceof HeidiError ? annotate(error, { outcome: "not-sent" }) : error;
  } finally {
    events.onSource?.(false);
  }
  if (!asBlob) return concatBytes(batch) as Uint8Array<ArrayBuffer>;
  const whole = new Blob([...blobs, ...batch]);
  if (whole.size === size) return whole;
  throw new HeidiUploadError(
    "The platform lost a part of the file while the SDK read it into memory; nothing was sent.",
    {
      outcome: "not-sent",
    },
  );
}

function streamTooLargeError(): HeidiUploadError {
  return new HeidiUploadError(
    `This platform's fetch cannot send a stream, and this stream is larger than the ${MAX_GATHERED_BYTES / 1024 / 1024} MiB that the SDK can buffer in memory instead; nothing was sent. Pass a File or a Blob.`,
    { outcome: "not-sent" },
  );
}

/** The source of one attempt's chunks; fetch reads them one at a time. */
class BodySource {
  readonly #events: FetchBodyEvents;
  readonly #iterator: AsyncIterator<Uint8Array>;
  /** Restores the async context: the platform may read in the context of another call. */
  readonly #inContext = bindContext();
  #sentBytes = 0;

  constructor(body: RequestBody, events: FetchBodyEvents) {
    this.#events = events;
    this.#iterator = (body.open() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** Returns the next chunk. A call also reports that the previous chunk was accepted. */
  next(): Promise<Uint8Array | undefined> {
    return this.#inContext(() => this.#read());
  }

  async #read(): Promise<Uint8Array | undefined> {
    this.#events.onSent?.(this.#sentBytes);
    this.#events.onSource?.(true);
    try {
      const { done, value } = await this.#iterator.next().finally(() => this.#events.onSource?.(false));
      if (done === true) return undefined;
      this.#sentBytes += value.byteLength;
      return value;
    } catch (error) {
      // The request is aborted before its stream fails: workerd ends the request of a failed stream as if it were complete.
      this.#events.onFailed(error as Error);
      await new Promise((resolve) => setTimeout(resolve, 0));
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#inContext(async () => {
      await this.#iterator.return?.();
    });
  }
}

function webStream(source: BodySource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A failed stream never ends here: its request was aborted, and workerd would report the error as unhandled.
        const chunk = await source.next().catch(() => new Promise<never>(() => undefined));
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => source.close(),
    },
    { highWaterMark: 0 },
  );
}

interface NodeStreams {
  readonly Readable: { from(chunks: AsyncIterable<Uint8Array>, options: object): object };
}

/** Returns a stream that every fetch in Node can send: Node's own, undici's and both versions of node-fetch. Undefined in an old Node or an imitation of Node. */
function nodeStream(source: BodySource): ReadableStream<Uint8Array> | undefined {
  const streams = runtime.process?.getBuiltinModule?.("stream") as NodeStreams | undefined;
  if (streams === undefined) return undefined;
  const chunks: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => chunks,
    next: async () => {
      const value = await source.next();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    return: async () => {
      await source.close();
      return { done: true, value: undefined };
    },
  };
  const stream = streams.Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
  // Without a listener, a stream that fails after the end of its exchange would end the process.
  (stream as { on(event: string, listener: () => void): void }).on("error", () => undefined);
  return stream as unknown as ReadableStream<Uint8Array>;
}

function rejectStringConversion(content: Exclude<BodyInit, string>): BodyInit {
  const reject = (): never => {
    throw new HeidiConfigurationError(
      "The `fetch` function cannot send this file and would send text instead; nothing was sent. Remove the option `fetch`, or pass a function that can send a Blob or a stream.",
      { outcome: "not-sent" },
    );
  };
  return Object.defineProperty(content, "toString", { value: reject, configurable: true });
}
