import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ConsultJournal, ConsultState } from "../index.ts";
import { CommandError, systemCode, UsageError } from "./command.ts";

/** The mode of every file that is written: only the owner can read it, because it is about a patient. */
export const OWNER_ONLY = 0o600;

/**
 * Replaces the content of a file atomically, even if the machine loses power meanwhile.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  // A device such as /dev/null, or a pipe, is written to, not replaced.
  if (existing !== undefined && !existing.isFile()) return writeFile(path, text);
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await rm(draft, { force: true });
    // "wx" creates a new file: it never writes to an existing file or link of that name.
    const handle = await open(draft, "wx", OWNER_ONLY);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Throws a UsageError unless the file exists and can be read, before anything is created at Heidi. */
export async function checkReadable(what: string, path: string): Promise<void> {
  try {
    const { isFile, size } = await stat(path).then((found) => ({ isFile: found.isFile(), size: found.size }));
    if (!isFile) throw new UsageError(`${what} is not a file.`);
    if (size === 0) throw new UsageError(`${what} is empty.`);
    await access(path, constants.R_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what} could not be read (${systemCode(error) ?? "unknown"}).`);
  }
}

/** Throws a UsageError unless a file can be written at this path. */
export async function checkWritable(what: string, path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  try {
    if (existing?.isDirectory()) throw new UsageError(`${what} is a folder, not a file.`);
    await access(existing === undefined || existing.isFile() ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what} cannot be written (${systemCode(error) ?? "unknown"}).`);
  }
}

/** Returns a hash that identifies the content of files and reveals nothing else about it. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  for (const path of paths) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    whole.update(hash.digest());
  }
  return whole.digest("hex").slice(0, 32);
}

/** A consult's state with the fingerprint of its files: the SDK itself does not compare files. */
type SavedState = Partial<ConsultState> & { readonly files?: unknown };

/**
 * Creates a journal that saves the state of a consult in a file that only its owner can read. The file contains no
 * patient data.
 *
 * @param files the fingerprint of the recording and the uploaded documents.
 */
export function createJournalFile(path: string, files: string): ConsultJournal {
  return {
    load: async () => {
      const saved = await read(path);
      if (saved !== undefined && saved.files !== files) {
        throw new UsageError(
          "The journal belongs to another recording or other documents. Nothing was sent. Pass another --journal.",
        );
      }
      return saved;
    },
    save: async (state) => {
      // Revisions are consecutive; a gap means that another process uses the file.
      const { revision = 0 } = (await read(path)) ?? {};
      if (revision !== state.revision - 1) {
        throw new CommandError(
          "The journal was changed meanwhile: another heidi process seems to run this consult.",
        );
      }
      try {
        await replaceFile(path, `${JSON.stringify({ ...state, files })}\n`);
      } catch (error) {
        throw new CommandError(
          `The journal could not be written (${systemCode(error) ?? "unknown"}), so the consult stopped.`,
        );
      }
    },
  };
}

/** Throws a UsageError unless the file is a journal or does not exist. */
export async function checkJournal(path: string): Promise<void> {
  await read(path);
}

async function read(path: string): Promise<SavedState | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    throw new UsageError(`The journal could not be read (${code ?? "unknown"}).`);
  }
  const saved = asJson(text);
  if (typeof saved === "object" && saved !== null && "steps" in saved) return saved as SavedState;
  throw new UsageError("The file of --journal is not a journal; it was left unchanged.");
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
