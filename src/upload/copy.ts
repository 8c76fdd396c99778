/** Returns the bytes of a buffer or a view, without copying; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isBuffer(value) ? new Uint8Array(value) : undefined;
}

// Checks the tag: buffers of another realm (a frame, a test environment) are not instances of this realm's class.
function isBuffer(value: unknown): value is ArrayBuffer {
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

/**
 * Returns a file argument as it is at the time of the call. Bytes are copied, because the caller may reuse the memory as
 * soon as the call returns. A stream gets an error listener, so that its error does not end the process. Everything else is
 * returned unchanged.
 */
export function copyFileInput<T>(file: T): T {
  const bytes = bytesOf(file);
  if (bytes) return copyOf(bytes) as T;
  ignoreErrors(file);
  if (typeof file !== "object" || file === null || !("data" in file)) return file;
  const { data } = file;
  const content = bytesOf(data);
  if (content) {
    const { filename, contentType, sizeBytes } = file as Readonly<Record<string, unknown>>;
    return { data: copyOf(content), filename, contentType, sizeBytes } as T;
  }
  ignoreErrors(data);
  return file;
}

// A Buffer's own `slice` is a view of the same memory.
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/**
 * Adds an error listener to a Node stream: without one, a stream that fails before it is read (a missing file) would end
 * the process. The error is not lost: iterating the stream throws it.
 */
export function ignoreErrors(stream: unknown): void {
  if (typeof stream !== "object" || stream === null || !(Symbol.asyncIterator in stream)) return;
  const on: unknown = Reflect.get(stream, "on");
  if (typeof on === "function") on.call(stream, "error", () => {});
}
