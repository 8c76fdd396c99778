import { type BigIntStats, constants } from "node:fs";
import { type FileHandle as Descriptor, open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HeidiArgumentError, type HeidiUploadError } from "../errors.ts";
import { isUrl } from "../utils/values.ts";
import { codeOf, kindOf, uploadError } from "./errors.ts";
import {
  BLOCK_BYTES,
  type ChunkReader,
  FILE_SOURCE,
  type FileHandle,
  type FileSource,
  PEEK_BYTES,
} from "./file-source.ts";
import { isUsableType } from "./media-type.ts";
import type { OpenOptions } from "./types.ts";

/** Options of {@link fileFromPath}: the name and type to send. */
export interface FileFromPathOptions {
  /** The name sent to Heidi. Default: the last segment of the path. */
  readonly filename?: string | undefined;
  /** The media type, such as `audio/ogg`. Default: by the name, otherwise by the first bytes. */
  readonly contentType?: string | undefined;
}

/**
 * Returns a file on disk as an upload. Cheap and synchronous: the file is checked when an upload starts, before anything is
 * sent, read in blocks while it is sent, and read again for each retry.
 *
 * The upload rejects with a HeidiUploadError when the file is missing, unreadable, empty or not a regular file, and when
 * it changes while it is being sent.
 *
 * @param path a path, relative to the current directory, or a `file:` URL.
 * @throws HeidiArgumentError when `path` is neither, or an option is invalid.
 * @example
 * await clinician.transcription.uploadAudio(id, { file: fileFromPath("visit.mp3") });
 */
export function fileFromPath(path: string | URL, options: FileFromPathOptions = {}): FileHandle {
  const { filename, contentType } = options;
  if (filename !== undefined && typeof filename !== "string") {
    throw new HeidiArgumentError("filename", `"filename" must be a string, but it is ${kindOf(filename)}.`);
  }
  if (!isUsableType(contentType)) {
    throw new HeidiArgumentError("contentType", '"contentType" must be a media type such as audio/ogg.');
  }
  return new LocalFile(pathOf(path), { filename, contentType });
}

function pathOf(path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  if (isUrl(path) && path.protocol === "file:") {
    try {
      return fileURLToPath(path.href);
    } catch {
      throw badPath("a file URL with a host or an encoded separator");
    }
  }
  throw badPath(
    isUrl(path) ? "a URL of another scheme" : typeof path === "string" ? "empty or has a NUL" : kindOf(path),
  );
}

function badPath(found: string): HeidiArgumentError {
  return new HeidiArgumentError("path", `"path" must be a file's path or a file: URL, but it is ${found}.`);
}

class LocalFile implements FileHandle {
  readonly #path: string;
  readonly #options: FileFromPathOptions;

  constructor(path: string, options: FileFromPathOptions) {
    this.#path = path;
    this.#options = options;
  }

  async [FILE_SOURCE](): Promise<FileSource> {
    const path = this.#path;
    const { start, stats } = await inspect(path);
    return {
      filename: this.#options.filename ?? basename(path),
      contentType: this.#options.contentType,
      sizeBytes: Number(stats.size),
      replayable: true,
      peek: async (from, to) => (to <= PEEK_BYTES ? start.subarray(from, to) : readPart(path, from, to)),
      open: (options: OpenOptions) => createPathReader(() => openFile(path), stats, options),
      release: () => {},
    };
  }
}

async function inspect(path: string): Promise<{ start: Uint8Array; stats: BigIntStats }> {
  // Check the path before opening it: opening a pipe waits for its writer.
  const found = await stat(path, { bigint: true }).catch(unreadable);
  if (found.isDirectory()) throw uploadError("The path is a directory, not a file; nothing was sent.");
  if (!found.isFile()) {
    throw uploadError(
      "The path is a pipe, a socket or a device, not a regular file; nothing was sent. Pass it as a stream.",
    );
  }
  const file = await openFile(path);
  try {
    const stats = await file.stat({ bigint: true });
    const { buffer, bytesRead } = await file
      .read(new Uint8Array(PEEK_BYTES), 0, PEEK_BYTES, 0)
      .catch(unreadable);
    return { start: buffer.subarray(0, bytesRead), stats };
  } finally {
    await file.close();
  }
}

async function readPart(path: string, from: number, to: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file
      .read(new Uint8Array(to - from), 0, to - from, from)
      .catch(unreadable);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<Descriptor> {
  // The path may have become a pipe since the check: do not wait for a writer. Windows does not have this flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  return open(path, flags).catch(unreadable);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "it does not exist",
  EACCES: "this process has no permission to read it",
  EPERM: "this process has no permission to read it",
  EISDIR: "it is a directory",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "its path is too long",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
};

function unreadable(error: unknown): never {
  throw unreadableFile(error);
}

function unreadableFile(error: unknown): HeidiUploadError {
  const code = codeOf(error);
  const reason = REASONS[code] ?? "the operating system could not read it";
  return uploadError(`The file cannot be uploaded: ${reason}${code === "" ? "" : ` (${code})`}.`, error);
}

/**
 * Reads a file block by block, one block ahead of the sender, and throws when the file has changed since its check.
 *
 * With recycling it needs memory for two blocks only: while the sender uses one, the other is filled; requesting the next
 * block releases the first. Only the last block of a file can be shorter. Without recycling every block is new, and the
 * garbage collector determines the memory in use.
 */
export function createPathReader(
  open: () => Promise<Descriptor>,
  announced: BigIntStats,
  { recycle = false }: OpenOptions,
): ChunkReader {
  const size = Number(announced.size);
  const blockBytes = Math.min(BLOCK_BYTES, size);
  const blocks: Uint8Array[] = [];
  let file: Promise<Descriptor> | undefined;
  let position = 0;
  let turn = 0;
  let ahead: Promise<Uint8Array | undefined> | undefined;
  let closing: Promise<void> | undefined;

  const openChecked = async (): Promise<Descriptor> => {
    const opened = await open();
    try {
      if (!isSame(await opened.stat({ bigint: true }), announced)) throw changed();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  };

  const blockFor = (): Uint8Array => {
    if (!recycle) return new Uint8Array(Math.min(blockBytes, size - position));
    turn = 1 - turn;
    const block = blocks[turn] ?? new Uint8Array(blockBytes);
    blocks[turn] = block;
    return block;
  };

  const fill = async (): Promise<Uint8Array | undefined> => {
    if (closing !== undefined || position >= size) return undefined;
    file ??= openChecked();
    const descriptor = await file;
    const block = blockFor();
    const wanted = Math.min(block.byteLength, size - position);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await descriptor.read(block, filled, wanted - filled, position).catch(failed);
      if (bytesRead === 0) throw changed();
      filled += bytesRead;
      position += bytesRead;
    }
    // The file is completely read: later changes have no effect, even if the last block is not sent yet.
    if (position >= size && !isSame(await descriptor.stat({ bigint: true }), announced)) throw changed();
    return block.subarray(0, filled);
  };

  const close = (): Promise<void> => {
    closing ??= (async () => {
      await ahead?.catch(() => {});
      await (await file?.catch(() => undefined))?.close();
    })();
    return closing;
  };

  return {
    async read() {
      const block = await (ahead ?? fill());
      ahead = block === undefined || position >= size ? undefined : fill();
      // The next read throws its error; until then it must not count as an unhandled rejection.
      ahead?.catch(() => {});
      if (ahead === undefined) await close();
      return block;
    },
    close,
  };
}

function isSame(found: BigIntStats, announced: BigIntStats): boolean {
  return (
    found.size === announced.size &&
    found.mtimeNs === announced.mtimeNs &&
    found.ino === announced.ino &&
    found.dev === announced.dev
  );
}

function changed(): Error {
  return uploadError(
    "The file changed during the upload; the upload was aborted. Upload a recording when it is finished, or send it live with startRecording.",
  );
}

function failed(error: unknown): never {
  throw uploadError("The file could no longer be read; the upload was aborted.", error);
}
