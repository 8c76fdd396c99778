import { HeidiUploadError } from "../errors.ts";
import { readBlob } from "../platform.ts";
import { bytesOf, ignoreErrors } from "./copy.ts";
import { kindOf, uploadError } from "./errors.ts";
import { BLOCK_BYTES, type ChunkReader, type FileSource, PEEK_STREAM_BYTES } from "./file-source.ts";

/** The required members of a Blob; older versions of jsdom have no `arrayBuffer`. */
export type BlobLike = Pick<Blob, "size" | "type" | "slice"> & Partial<Pick<Blob, "arrayBuffer" | "stream">>;

/** Detects a Blob by its members, because several Blob classes can exist (realms, polyfills, test environments). */
export function isBlob(value: unknown): value is BlobLike {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "slice") === "function" &&
    typeof Reflect.get(value, "size") === "number" &&
    typeof Reflect.get(value, "type") === "string"
  );
}

export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    filename: undefined,
    contentType: undefined,
    sizeBytes: bytes.byteLength,
    replayable: true,
    peek: async (start, end) => bytes.subarray(start, end),
    open: () => bytesReader(bytes),
    // A Blob cannot be created from shared memory.
    blob: () =>
      new Blob([
        Object.prototype.toString.call(bytes.buffer) === "[object SharedArrayBuffer]"
          ? bytes.slice()
          : (bytes as Uint8Array<ArrayBuffer>),
      ]),
    release: () => {},
  };
}

export function bytesReader(bytes: Uint8Array): ChunkReader {
  let rest: Uint8Array | undefined = bytes;
  return {
    async read() {
      const chunk = rest;
      rest = undefined;
      return chunk;
    },
    async close() {
      rest = undefined;
    },
  };
}

export function blobSource(blob: BlobLike): FileSource {
  const name: unknown = Reflect.get(blob, "name");
  return {
    filename: typeof name === "string" ? name : undefined,
    contentType: blob.type,
    sizeBytes: blob.size,
    replayable: true,
    peek: (start, end) => readSlice(blob, Math.min(start, blob.size), Math.min(end, blob.size)),
    open: () => blobReader(blob),
    // The platform would convert a Blob of an unknown class to a string. The total size reveals this, unless both have the same length.
    ...(String(blob).length === blob.size ? {} : { blob: () => blob as Blob }),
    release: () => {},
  };
}

/** Reads a Blob slice by slice: on some platforms, `stream()` reads ahead of its reader. */
export function blobReader(blob: BlobLike): ChunkReader {
  let position = 0;
  return {
    async read() {
      if (position >= blob.size) return undefined;
      const start = position;
      position = Math.min(start + BLOCK_BYTES, blob.size);
      return readSlice(blob, start, position);
    },
    async close() {
      position = blob.size;
    },
  };
}

async function readSlice(blob: BlobLike, start: number, end: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readWhole(blob.slice(start, end));
  } catch (error) {
    throw uploadError(
      "The Blob could not be read: its file may have been changed or deleted. Select it again.",
      error,
    );
  }
  if (bytes.byteLength !== end - start) {
    throw uploadError("The Blob returned fewer bytes than its size: its file has changed. Select it again.");
  }
  return bytes;
}

async function readWhole(blob: BlobLike): Promise<Uint8Array> {
  const bytes = bytesOf(await readBlob(blob));
  if (bytes === undefined) throw new TypeError("arrayBuffer() returned no ArrayBuffer");
  return bytes;
}

type Stream = ReadableStream<unknown> | AsyncIterable<unknown>;

export function isStream(value: unknown): value is Stream {
  return typeof value === "object" && value !== null && (isWebStream(value) || Symbol.asyncIterator in value);
}

export function isWebStream(value: object): value is ReadableStream<unknown> {
  return typeof Reflect.get(value, "getReader") === "function";
}

/**
 * Returns the source of a file that is a stream, which is opened at the first read.
 *
 * @param start returns the stream; called once per attempt when `replayable`, otherwise once.
 * @param discard ends a stream that is not used.
 */
export function streamSource(start: () => unknown, replayable: boolean, discard: () => void): FileSource {
  let peeked: { chunks: Uint8Array[]; reader: ChunkReader } | undefined;
  let used = false;

  const take = (): ChunkReader => {
    if (used && !replayable) {
      throw new HeidiUploadError(
        "A stream can be sent only once, and this one was already sent. Pass fileFromPath(path), a Blob, bytes or a function that returns a new stream.",
      );
    }
    used = true;
    return lazyReader(start, discard);
  };

  return {
    filename: undefined,
    contentType: undefined,
    sizeBytes: undefined,
    replayable,
    async peek(start, end) {
      if (end > PEEK_STREAM_BYTES) return new Uint8Array(0);
      const begun = peeked ?? { chunks: [], reader: take() };
      peeked = begun;
      let size = begun.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      while (size < end) {
        const chunk = await begun.reader.read();
        if (chunk === undefined) break;
        if (chunk.byteLength === 0) continue;
        begun.chunks.push(chunk);
        size += chunk.byteLength;
      }
      return concatBytes(begun.chunks).subarray(start, end);
    },
    open() {
      const begun = peeked;
      peeked = undefined;
      return begun === undefined ? take() : prefixedReader(begun.chunks, begun.reader);
    },
    release() {
      void peeked?.reader.close();
      peeked = undefined;
      // A stream in use is ended by its reader.
      if (replayable || used) return;
      used = true;
      discard();
    },
  };
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

function prefixedReader(chunks: Uint8Array[], reader: ChunkReader): ChunkReader {
  return {
    read: async () => chunks.shift() ?? reader.read(),
    close: () => reader.close(),
  };
}

function lazyReader(start: () => unknown, discard: () => void): ChunkReader {
  let inner: Promise<ChunkReader> | undefined;
  let closed = false;

  const begin = async (): Promise<ChunkReader> => {
    let stream: unknown;
    try {
      stream = await start();
    } catch (error) {
      throw uploadError("The function that was passed as a file failed to open its stream.", error);
    }
    return readerOf(stream);
  };

  return {
    async read() {
      if (closed) return undefined;
      inner ??= begin();
      const reader = await inner;
      return closed ? undefined : reader.read();
    },
    async close() {
      if (closed) return;
      closed = true;
      if (inner === undefined) discard();
      // Not awaited: a function or an iterator that hangs must not delay an abort.
      inner?.then(
        (reader) => reader.close(),
        () => {},
      );
    },
  };
}

function readerOf(stream: unknown): ChunkReader {
  const bytes = bytesOf(stream);
  if (bytes !== undefined) return bytesReader(new Uint8Array(bytes));
  if (isBlob(stream)) return blobReader(stream);
  if (!isStream(stream)) {
    throw uploadError(
      `The function that was passed as a file returned ${kindOf(stream)} instead of a stream of bytes.`,
    );
  }
  ignoreErrors(stream);
  return isWebStream(stream) ? webReader(stream) : iterableReader(stream);
}

function webReader(stream: ReadableStream<unknown>): ChunkReader {
  if (stream.locked) {
    throw uploadError("The stream is locked by another reader. Pass a stream that has not been read from.");
  }
  const reader = stream.getReader();
  return {
    async read() {
      const { done, value } = await reader.read().catch(streamFailed);
      return done ? undefined : chunkOf(value);
    },
    async close() {
      reader.cancel().catch(() => {});
    },
  };
}

function iterableReader(stream: AsyncIterable<unknown>): ChunkReader {
  let iterator: AsyncIterator<unknown> | undefined;
  return {
    async read() {
      let result: IteratorResult<unknown>;
      try {
        iterator ??= stream[Symbol.asyncIterator]();
        result = await iterator.next();
      } catch (error) {
        streamFailed(error);
      }
      return result.done === true ? undefined : chunkOf(result.value);
    },
    async close() {
      discardStream(stream, iterator);
    },
  };
}

function streamFailed(error: unknown): never {
  throw uploadError("The stream of the file failed while it was being read.", error);
}

function chunkOf(value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  // Copy it: the caller may reuse the memory for the next chunk while a socket or fetch still uses this one.
  if (bytes !== undefined) return new Uint8Array(bytes);
  const hint = typeof value === "string" ? " Do not set an encoding on the stream." : "";
  throw uploadError(`The stream of the file returned ${kindOf(value)} instead of bytes (Uint8Array).${hint}`);
}

/**
 * Ends a stream without waiting for it. `destroy` comes first: the iterator of a Node stream returns only after its pending
 * read, and does not release a stream that it has not started.
 */
export function discardStream(stream: Stream, iterator?: AsyncIterator<unknown>): void {
  try {
    if (isWebStream(stream)) {
      if (!stream.locked) stream.cancel().catch(() => {});
      return;
    }
    const destroy: unknown = Reflect.get(stream, "destroy");
    if (typeof destroy === "function") destroy.call(stream);
    const owner: object = iterator ?? stream;
    const end: unknown = Reflect.get(owner, "return");
    if (typeof end === "function") Promise.resolve(end.call(owner)).catch(() => {});
  } catch {
    // The stream's clean-up failed; the error that ended the upload is the relevant one.
  }
}
