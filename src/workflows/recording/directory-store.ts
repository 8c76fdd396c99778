import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { codeOf, redactPath } from "../../upload/errors.ts";
import { decodeText, encodeText } from "../../utils/utf8.ts";
import { isUrl } from "../../utils/values.ts";
import type { RecordingStore } from "./store.ts";

const JOURNAL = "journal.json";
const CHUNK = /^chunk-(\d{6,})$/;
/** A file whose process ended while writing it. */
const UNFINISHED = /^(chunk-\d{6,}|journal\.json)\.[0-9a-f]{16}\.part$/;
const OTHERS_MAY_WRITE = 0o022;

/**
 * Returns a store that keeps a live recording in a directory across a crash or restart of its process. One directory
 * holds one recording, for one process at a time; it is created on first use, and removed when the recording is finished.
 *
 * Its files contain the audio of a consult, unencrypted: use an encrypted disk. Only this user can read them (0600, in a
 * directory of 0700). They are written completely or not at all (to another name, synced, renamed), deleted one by one
 * when the API has them, and all by `finish()` or `clear()`. Deleting does not wipe the data from the disk. Files that
 * belong to no recording are not touched.
 *
 * @param path - A path, relative to the current directory, or a `file:` URL.
 * @throws HeidiArgumentError when `path` is neither. Its methods reject with HeidiUploadError when the disk is full or
 * fails, and when other users can write to the directory.
 *
 * @example
 * const store = directoryStore("/var/lib/clinic/visit-1");
 * const recording = await clinician.transcription.startRecording(session_id, { store });
 */
export function directoryStore(path: string | URL): RecordingStore {
  const directory = pathOf(path);
  const at = (name: string): string => join(directory, name);
  return {
    put: (index, bytes) => {
      // The caller may reuse the memory before it is written.
      const copy = new Uint8Array(bytes);
      return withRedactedErrors(() => write(directory, chunkName(index), copy));
    },
    get: (index) => withRedactedErrors(() => read(at(chunkName(index)))),
    delete: (index) => withRedactedErrors(() => rm(at(chunkName(index)), { force: true })),
    list: () => withRedactedErrors(() => list(directory)),
    saveJournal: (journal) => withRedactedErrors(() => write(directory, JOURNAL, encodeText(journal))),
    loadJournal: () =>
      withRedactedErrors(async () => {
        const bytes = await read(at(JOURNAL));
        return bytes && decodeText(bytes);
      }),
    clear: () => withRedactedErrors(() => clear(directory)),
  };
}

const chunkName = (index: number): string => `chunk-${String(index).padStart(6, "0")}`;

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(absent([]));
}

async function list(directory: string): Promise<number[]> {
  const names = await namesIn(directory);
  if (names.length > 0) await rejectForeignFiles(directory);
  // An unfinished chunk is patient audio too.
  for (const name of names) if (UNFINISHED.test(name)) await rm(join(directory, name), { force: true });
  return names.flatMap((name) => {
    const index = CHUNK.exec(name)?.[1];
    return index === undefined ? [] : [Number(index)];
  });
}

async function read(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(absent(undefined));
}

/** Writes a file completely or not at all: synced before it gets its name, and then the directory is synced too. */
async function write(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await rejectForeignFiles(directory);
  const path = join(directory, name);
  const part = `${path}.${randomBytes(8).toString("hex")}.part`;
  try {
    await synced(await open(part, "wx", 0o600), (file) => file.writeFile(bytes));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function clear(directory: string): Promise<void> {
  const names = await namesIn(directory);
  const own = names.filter((name) => CHUNK.test(name) || UNFINISHED.test(name));
  for (const name of own) await rm(join(directory, name), { force: true });
  // Last: as long as the journal exists, it shows that the recording was finished.
  await rm(join(directory, JOURNAL), { force: true });
  await rmdir(directory).catch(() => undefined);
}

async function synced(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Syncs a directory. Windows cannot do this, and does not need it. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  await synced(await open(directory, "r"), async () => undefined);
}

async function rejectForeignFiles(directory: string): Promise<void> {
  const { mode } = await stat(directory);
  if (process.platform !== "win32" && (mode & OTHERS_MAY_WRITE) !== 0) {
    throw new HeidiUploadError(
      "Other users of this machine can write to the spool directory; nothing was stored. Set its mode to 0700.",
    );
  }
}

/** Returns `value` for a file that does not exist; throws every other error. */
function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) === "ENOENT") return value;
    throw error;
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is exceeded",
  EROFS: "the disk is read-only",
  EACCES: "this process has no permission",
  EPERM: "this process has no permission",
  ENOTDIR: "a part of its path is not a directory",
  EEXIST: "a file with its name exists",
};

/** Runs file operations; their errors do not show the path. */
async function withRedactedErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HeidiUploadError) throw error;
    const code = codeOf(error);
    throw new HeidiUploadError(
      `The spool directory failed: ${REASONS[code] ?? "the operating system reported an error"}${code && ` (${code})`}.`,
      { cause: redactPath(error) },
    );
  }
}

function pathOf(path: unknown): string {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return resolve(path);
  if (isUrl(path) && path.protocol === "file:") {
    try {
      return fileURLToPath(path.href);
    } catch {
      // The URL has a host or an encoded separator: reported below.
    }
  }
  throw new HeidiArgumentError("path", '"path" must be a directory\'s path or a file: URL.');
}
