import { readBlob } from "../platform.ts";
import { uploadError } from "./faults.ts";
import { BLOCK_BYTES, type ChunkReader, type FileSource } from "./source.ts";
import { bytesOf } from "./taken.ts";

/** What is needed of a Blob: those of jsdom had no `arrayBuffer` for long. */
export type BlobLike = Pick<Blob, "size" | "type" | "slice"> & Partial<Pick<Blob, "arrayBuffer" | "stream">>;

/** By its methods, as several Blob classes exist side by side (realms, polyfills, test environments). */
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
    // A Blob cannot be made over shared memory.
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
    // A Blob of a class that the platform does not know would be taken for its text; the size of the whole tells, but for this.
    ...(String(blob).length === blob.size ? {} : { blob: () => blob as Blob }),
    release: () => {},
  };
}

/** Reads slice by slice: some platforms' `stream()` runs ahead of its reader. */
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
      "The Blob could not be read: the file behind it may have changed or be gone. Select it again.",
      error,
    );
  }
  if (bytes.byteLength !== end - start) {
    throw uploadError(
      "The Blob gave fewer bytes than its size: the file behind it has changed. Select it again.",
    );
  }
  return bytes;
}

async function readWhole(blob: BlobLike): Promise<Uint8Array> {
  const bytes = bytesOf(await readBlob(blob));
  if (bytes === undefined) throw new TypeError("arrayBuffer() gave no ArrayBuffer");
  return bytes;
}
