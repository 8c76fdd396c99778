import { uploadError } from "./faults.ts";
import { BLOCK_BYTES, type ChunkReader, type FileSource, PEEK_BYTES } from "./source.ts";

/** The bytes of a buffer or a view of one, uncopied; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isBuffer(value) ? new Uint8Array(value) : undefined;
}

// By its tag, as buffers of another realm (a frame, a test environment) are no instance of this one's class.
function isBuffer(value: unknown): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

/** By its methods, as several Blob classes exist side by side (realms, polyfills, older Node). */
export function isBlob(value: unknown): value is Blob {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "arrayBuffer") === "function" &&
    typeof Reflect.get(value, "slice") === "function" &&
    typeof Reflect.get(value, "size") === "number"
  );
}

export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    filename: undefined,
    contentType: undefined,
    sizeBytes: bytes.byteLength,
    replayable: true,
    peek: async () => bytes.subarray(0, PEEK_BYTES),
    open: () => bytesReader(bytes),
    // A Blob cannot be made over shared memory.
    blob: () =>
      new Blob([
        bytes.buffer instanceof ArrayBuffer
          ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
          : bytes.slice(),
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

export function blobSource(blob: Blob): FileSource {
  const name: unknown = Reflect.get(blob, "name");
  return {
    filename: typeof name === "string" ? name : undefined,
    contentType: blob.type,
    sizeBytes: blob.size,
    replayable: true,
    peek: () => readSlice(blob, 0, Math.min(PEEK_BYTES, blob.size)),
    open: () => blobReader(blob),
    blob: () => blob,
    release: () => {},
  };
}

/** Reads slice by slice: some platforms' `stream()` runs ahead of its reader. */
export function blobReader(blob: Blob): ChunkReader {
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

async function readSlice(blob: Blob, start: number, end: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer());
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
