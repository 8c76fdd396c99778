import { readFile } from "node:fs/promises";
import type { ConsultJournal, ConsultState } from "../index.ts";
import { CommandError, UsageError } from "./command.ts";
import { systemCode } from "./failure.ts";
import { replaceFile } from "./files.ts";

/** A consult's state, and what tells its files from others: the SDK itself does not compare files. */
type SavedState = Partial<ConsultState> & { readonly files?: unknown };

/**
 * Keeps the state of a consult in a file that only its owner can read. Nothing of a patient is in it.
 *
 * @param files the fingerprint of the recording and the documents that are uploaded.
 */
export function createJournalFile(path: string, files: string): ConsultJournal {
  return {
    load: async () => {
      const saved = await read(path);
      if (saved !== undefined && saved.files !== files) {
        throw new UsageError(
          "The journal is of another recording or other documents. Nothing was sent: give it another --journal.",
        );
      }
      return saved;
    },
    save: async (state) => {
      // Each state follows the one before; another process that uses the file is noticed by it.
      const { revision = 0 } = (await read(path)) ?? {};
      if (revision !== state.revision - 1) {
        throw new CommandError("The journal was changed meanwhile: another heidi seems to run this consult.");
      }
      try {
        await replaceFile(path, `${JSON.stringify({ ...state, files })}\n`);
      } catch (error) {
        throw new CommandError(
          `The journal could not be written (${systemCode(error) ?? "unknown"}), so the consult did not go on.`,
        );
      }
    },
  };
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
  throw new UsageError("The file of --journal holds something else than a journal; it was left as it is.");
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
