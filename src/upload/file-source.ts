import type { OpenOptions } from "./types.ts";

/** The block size for reading a file: large enough to keep a disk and a socket busy, small enough to hold two. */
export const BLOCK_BYTES: number = 1024 * 1024;

/** The number of bytes at the start of a file that are read with its check. */
export const PEEK_BYTES = 4096;

/** The maximum number of bytes of a stream that are buffered to detect its type, for example after a tag with a picture. */
export const PEEK_STREAM_BYTES: number = 1024 * 1024;

/** Reads a file once, from its start. */
export interface ChunkReader {
  /** Returns the next bytes, or undefined at the end. A chunk is not modified later; with `recycle`, not before the next call. */
  read(): Promise<Uint8Array | undefined>;
  /** Releases its resources, also while a `read` is pending; idempotent, never rejects. */
  close(): Promise<void>;
}

/** The interface through which the multipart encoder reads a file input of any kind. */
export interface FileSource {
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly sizeBytes: number | undefined;
  /** True when `open` may be called again. */
  readonly replayable: boolean;
  /**
   * Returns the bytes from `start` to before `end`: fewer at the end of the file, and none of a stream when `end`
   * is beyond `PEEK_STREAM_BYTES`. The next reader still returns them.
   */
  peek(start: number, end: number): Promise<Uint8Array>;
  /** Opens the file; called once per attempt. */
  open(options: OpenOptions): ChunkReader;
  /** Returns the file as a Blob; omitted where this would read data into memory. */
  blob?(): Blob;
  /** Releases what `peek` opened, and a stream that can be read only once. Idempotent, never throws. */
  release(): void;
}

// A global symbol: the CommonJS copy of the package accepts a file of the ESM copy, and vice versa.
export const FILE_SOURCE: unique symbol = Symbol.for("heidi-health-sdk.file-source");

/** A file on disk, returned by `fileFromPath`. It is not read before an upload starts. */
export interface FileHandle {
  /** Internal: checks the file and returns its source. */
  // A property instead of a method: the bundler of declarations drops the symbol of a computed method.
  readonly [FILE_SOURCE]: () => Promise<FileSource>;
}

/** The file properties set by the caller. */
export interface FileProperties {
  readonly filename?: string | undefined;
  readonly contentType?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/** Returns the same file with another name, type or declared size. */
export function describe(source: FileSource, facts: FileProperties): FileSource {
  return {
    filename: facts.filename ?? source.filename,
    contentType: facts.contentType ?? source.contentType,
    sizeBytes: facts.sizeBytes ?? source.sizeBytes,
    replayable: source.replayable,
    peek: (start, end) => source.peek(start, end),
    open: (options) => source.open(options),
    ...(source.blob === undefined ? {} : { blob: source.blob.bind(source) }),
    release: () => source.release(),
  };
}
