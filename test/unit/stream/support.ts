import { type HeidiError, HeidiStreamError, isHeidiError, type StreamFault } from "../../../src/errors.ts";
import type { ByteReader } from "../../../src/stream/byte-reader.ts";
import { BodyDecoder } from "../../../src/stream/decoder.ts";
import { JsonStream, type StreamLimits } from "../../../src/stream/json-stream.ts";
import type { Decoder } from "../../../src/stream/types.ts";

export interface Chunk {
  readonly data?: string | null;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The bytes in chunks of the given sizes, the sizes repeated until nothing is left. */
export function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

export interface Decoded {
  readonly items: object[];
  readonly fault: StreamFault | undefined;
  readonly message: string;
}

/** What a consumer sees of these chunks: the objects, then how it ended. */
export function decode(chunks: readonly Uint8Array[], decoder: Decoder): Decoded {
  const items: object[] = [];
  const drain = (): void => {
    for (let item = decoder.next(); item !== undefined; item = decoder.next()) items.push(item);
  };
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      drain();
      if (decoder.finished) return { items, fault: undefined, message: "" };
    }
    decoder.end();
    drain();
    return { items, fault: undefined, message: "" };
  } catch (error) {
    if (!(error instanceof HeidiStreamError)) throw error;
    return { items, fault: error.fault, message: error.message };
  }
}

export function decodeBody(
  body: string | Uint8Array,
  contentType?: string,
  sizes: readonly number[] = [65_536],
): Decoded {
  const bytes = typeof body === "string" ? utf8(body) : body;
  return decode(split(bytes, sizes), new BodyDecoder(contentType));
}

/** A body that counts how it is treated. */
export class TestReader implements ByteReader {
  reads = 0;
  cancels = 0;
  contents = 0;
  readonly #steps: (string | Uint8Array | Error | Promise<string | Uint8Array | undefined>)[];
  #stop: ((error: Error) => void) | undefined;

  constructor(steps: readonly (string | Uint8Array | Error | Promise<string | Uint8Array | undefined>)[]) {
    this.#steps = [...steps];
  }

  async read(): Promise<Uint8Array | undefined> {
    this.reads++;
    const step = this.#steps.shift();
    if (step instanceof Error) throw step;
    const value = await step;
    return typeof value === "string" ? utf8(value) : value;
  }

  cancel(): void {
    this.cancels++;
    this.#stop?.(new Error("cancelled"));
  }

  onData(): void {
    this.contents++;
  }

  /** A step that never comes, until the reader is cancelled. */
  silence(): Promise<undefined> {
    return new Promise((_, reject) => {
      this.#stop = reject;
    });
  }

  add(step: string | Error | Promise<undefined>): this {
    this.#steps.push(step);
    return this;
  }
}

export interface Opened {
  readonly stream: JsonStream<Chunk>;
  readonly reader: TestReader;
  opens: number;
  readonly aborts: Error[];
}

export function open(
  reader: TestReader,
  options: {
    contentType?: string | undefined;
    limits?: StreamLimits;
    fails?: Error;
    after?: Promise<void>;
  } = {},
): Opened {
  const { contentType = "application/x-ndjson" } = options;
  const opened: Opened = {
    opens: 0,
    aborts: [],
    reader,
    stream: new JsonStream<Chunk>({
      open: async () => {
        opened.opens++;
        await options.after;
        if (options.fails !== undefined) throw options.fails;
        return {
          reader,
          contentType,
          response: () => new Response(null, { status: 200, headers: { "x-test": "yes" } }),
          requestId: "req-1",
          facts: { operation: "askHeidi", attempts: 2 },
        };
      },
      abort: (reason) => opened.aborts.push(reason),
      limits: options.limits,
    }),
  };
  return opened;
}

export async function failureOf(promise: Promise<unknown>): Promise<HeidiError> {
  try {
    await promise;
  } catch (error) {
    if (isHeidiError(error)) return error;
    throw error;
  }
  throw new Error("It should have failed.");
}

/** Lets everything that is ready run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
