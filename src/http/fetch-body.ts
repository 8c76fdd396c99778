import { annotate, HeidiConfigurationError, HeidiError, HeidiUploadError } from "../errors.ts";
import { isBrowser } from "../platform.ts";
import { concatBytes } from "../upload/readers.ts";
import type { RequestBody } from "../upload/types.ts";
import { bindContext } from "../utils/async-context.ts";
import { isBytes } from "../utils/values.ts";
import type { HttpEvents } from "./http-client.ts";

/**
 * The most that is held in memory of a stream where fetch cannot send one: 512 MiB.
 * Browsers refuse streams (Firefox, Safari), or refuse them over HTTP/1.1 (Chromium).
 */
export const MAX_GATHERED_BYTES: number = 512 * 1024 * 1024;

/** Small chunks are joined up to this size before they become a part of a Blob. */
const BATCH_BYTES = 1024 * 1024;

/** A request body in a form that the fetch at hand is known to send. */
export interface FetchBody {
  readonly content: BodyInit;
  /** The size of a content that is sent as a whole, without any event before it has arrived. */
  readonly wholeBytes?: number | undefined;
  /** A server's redirect is not followed; with any other mode Node's fetch keeps a copy of the whole stream. */
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
/** Node itself, or Node behind the globals of jsdom; Electron's fetch is Chromium's. */
const isNode = (): boolean => {
  const { node, bun, deno, electron } = versions();
  return node !== undefined && bun === undefined && deno === undefined && electron === undefined;
};

/**
 * Chooses the form of a body: a stream with its length where the platform's fetch sends one, else a Blob, else bytes.
 * Whatever the form, converting it to a string throws: a fetch that does not know the form would send that string.
 *
 * @throws HeidiUploadError, with nothing sent, when a stream is too long to be gathered or its size is not as announced.
 */
export async function toFetchBody(
  body: RequestBody,
  headers: Record<string, string>,
  events: FetchBodyEvents,
): Promise<FetchBody> {
  if (isBrowser() || !sendsStreams()) {
    const blob = makesBlobs() ? composed(body) : undefined;
    const content = blob ?? (await gathered(body, events));
    return {
      content: guarded(content),
      wholeBytes: isBytes(content) ? content.byteLength : content.size,
    };
  }
  const { sizeBytes } = body;
  if (isNode()) {
    if (sizeBytes !== undefined) headers["content-length"] = String(sizeBytes);
    const source = new BodySource(body, events);
    const stream = nodeStream(source) ?? webStream(source);
    return { content: guarded(stream), redirect: "error" };
  }
  if (sizeBytes !== undefined) {
    const { FixedLengthStream } = runtime;
    if (FixedLengthStream !== undefined) {
      const fixed = new FixedLengthStream(sizeBytes);
      webStream(new BodySource(body, events))
        .pipeTo(fixed.writable)
        .catch(() => undefined); // the exchange knows
      return { content: guarded(fixed.readable) };
    }
    if (versions()["bun"] !== undefined) headers["content-length"] = String(sizeBytes);
    else if (await readsBlobsByStream()) {
      return { content: guarded(streamedBlob(sizeBytes, () => webStream(new BodySource(body, events)))) };
    } else {
      const whole = composed(body);
      if (whole !== undefined) return { content: guarded(whole), wholeBytes: whole.size };
    }
  }
  return { content: guarded(webStream(new BodySource(body, events))) };
}

let sends: boolean | undefined;

/** Whether fetch sends a stream: one that does not know streams takes it for text, and says so in the content type. */
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

/** Whether the platform reads a Blob by its `stream` method, as Deno does: then a stream can be sent with its length. */
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

/** The body as a Blob; undefined where its parts are none, or where the platform loses some (Bun those of files). */
function composed(body: RequestBody): Blob | undefined {
  let blob: Blob | undefined;
  try {
    blob = body.blob?.();
  } catch (error) {
    if (error instanceof HeidiError) throw error;
    return undefined; // a platform that makes no Blob of bytes, such as React Native
  }
  return blob !== undefined && blob.size === body.sizeBytes ? blob : undefined;
}

/** Whether the platform makes a Blob of bytes, and one that its fetch knows. */
function makesBlobs(): boolean {
  try {
    return !(isBrowser() && isNode()) && new Blob([new Uint8Array(1)]).size === 1;
  } catch {
    return false; // React Native
  }
}

/** Reads the body before it is sent. */
async function gathered(body: RequestBody, events: HttpEvents): Promise<Blob | Uint8Array<ArrayBuffer>> {
  if ((body.sizeBytes ?? 0) > MAX_GATHERED_BYTES) throw itemTooLongError();
  const asBlob = makesBlobs();
  const blobs: Blob[] = [];
  let batch: Uint8Array<ArrayBuffer>[] = [];
  let batchBytes = 0;
  let size = 0;
  try {
    events.onSource?.(true);
    for await (const chunk of body.open() as AsyncIterable<Uint8Array>) {
      events.onSent?.(0); // it moves, though nothing has left yet
      events.onSource?.(true);
      size += chunk.byteLength;
      if (size > MAX_GATHERED_BYTES) throw itemTooLongError();
      batch.push(chunk as Uint8Array<ArrayBuffer>);
      batchBytes += chunk.byteLength;
      if (!asBlob || batchBytes < BATCH_BYTES) continue;
      blobs.push(new Blob(batch)); // where a browser keeps it, which may be a disk
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
    "The platform lost a part of the file while it was gathered; nothing was sent.",
    {
      outcome: "not-sent",
    },
  );
}

function itemTooLongError(): HeidiUploadError {
  return new HeidiUploadError(
    `This platform's fetch cannot send a stream, and this one is longer than the ${MAX_GATHERED_BYTES / 1024 / 1024} MiB that are gathered in memory instead; nothing was sent. Pass a File or a Blob.`,
    { outcome: "not-sent" },
  );
}

/** The chunks of one attempt, as fetch asks for them. */
class BodySource {
  readonly #events: FetchBodyEvents;
  readonly #iterator: AsyncIterator<Uint8Array>;
  /** The platform reads whenever its connection is ready, maybe on another call's behalf. */
  readonly #here = bindContext();
  #sentBytes = 0;

  constructor(body: RequestBody, events: FetchBodyEvents) {
    this.#events = events;
    this.#iterator = (body.open() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** The next chunk; asking for it says that the one before was taken. */
  next(): Promise<Uint8Array | undefined> {
    return this.#here(() => this.#read());
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
      // The request is cut before its stream fails: workerd ends the request of a failed stream as if it were complete.
      this.#events.onFailed(error as Error);
      await new Promise((resolve) => setTimeout(resolve, 0));
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#here(async () => {
      await this.#iterator.return?.();
    });
  }
}

function webStream(source: BodySource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A failed stream stays without an end: its request was cut, and workerd reports an error that nobody waits for.
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

/** A stream that every fetch in Node knows: Node's own, undici's and both node-fetch. Undefined in an old or a false Node. */
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
  // A stream that fails after its exchange has ended must not end the process.
  (stream as { on(event: string, listener: () => void): void }).on("error", () => undefined);
  return stream as unknown as ReadableStream<Uint8Array>;
}

function guarded(content: Exclude<BodyInit, string>): BodyInit {
  const refuse = (): never => {
    throw new HeidiConfigurationError(
      "fetch does not know the form of the file and would send its name as text; nothing was sent. Leave out the option `fetch`, or pass one that sends a Blob or a stream.",
      { outcome: "not-sent" },
    );
  };
  return Object.defineProperty(content, "toString", { value: refuse, configurable: true });
}
