import type { OpenOptions } from "../http/http-client.ts";

/** Blocks that a file is read in: large enough to keep a disk and a socket busy, small enough to hold two. */
export const BLOCK_BYTES: number = 1024 * 1024;

/** As much of a file's start as is read with its check. */
export const PEEK_BYTES = 4096;

/** As much of a stream as is held to learn its type, such as what stands behind a tag with a picture. */
export const PEEK_STREAM_BYTES: number = 1024 * 1024;

/** Reads a file once, from its start. */
export interface ChunkReader {
  /** The next bytes, or undefined at the end. A chunk is not touched again, unless `recycle` was asked for: then not before the next call. */
  read(): Promise<Uint8Array | undefined>;
  /** Frees what is held, also while a `read` is pending; idempotent, never rejects. */
  close(): Promise<void>;
}

/** A file input of any kind, in the one form that the framing knows. */
export interface FileSource {
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly sizeBytes: number | undefined;
  /** Whether `open` may be called again. */
  readonly replayable: boolean;
  /**
   * Returns the bytes from `start` to before `end`: fewer at the end of the file, and none of a stream that would have to
   * be held for longer than `PEEK_STREAM_BYTES`. They are not lost for the reader that is opened next.
   */
  peek(start: number, end: number): Promise<Uint8Array>;
  /** Called once per attempt. */
  open(options: OpenOptions): ChunkReader;
  /** The file as a Blob, where that copies at most what is in memory anyway. */
  blob?(): Blob;
  /** Lets go of what `peek` opened, and of a stream that can be read only once. Idempotent, never throws. */
  release(): void;
}

// Registered globally: a handle of the package's CommonJS copy fits its ESM copy.
export const FILE_SOURCE: unique symbol = Symbol.for("heidi-health-sdk.file-source");

/** A file on disk, made by `fileFromPath`. Nothing of it is read before an upload starts. */
export interface FileHandle {
  /** Internal: checks the file and says how to read it. */
  // A property and not a method: the bundler of declarations loses the symbol of a computed method.
  readonly [FILE_SOURCE]: () => Promise<FileSource>;
}

/** What the caller said about a file. */
export interface FileProperties {
  readonly filename?: string | undefined;
  readonly contentType?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/** The same file under another name, type or declared size. */
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
