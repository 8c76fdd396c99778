import { bytesOf } from "./copy.ts";
import { uploadError } from "./errors.ts";
import { isHandle, sourceOf } from "./file.ts";
import { resolveMediaType } from "./media-type.ts";
import { isBlob } from "./readers.ts";

/**
 * Checks a recording that will be uploaded later, without using it up: its size and its first bytes. Streams and functions
 * that open one are not read, because their first bytes would be lost or opening them may have effects; their upload checks
 * them.
 *
 * @throws HeidiUploadError when the file is missing, empty, unreadable or certainly not audio.
 */
export async function checkRecording(argument: string, value: unknown): Promise<void> {
  if (typeof value !== "object" || value === null) return;
  const content: unknown = "data" in value ? value.data : value;
  if (typeof content !== "object" || content === null) return;
  if (!isHandle(content) && !isBlob(content) && bytesOf(content) === undefined) return;
  const source = await sourceOf(argument, value);
  try {
    if (source.sizeBytes === 0)
      throw uploadError(`The file in "${argument}" is empty (0 bytes); nothing was sent.`);
    await resolveMediaType(source, argument, true);
  } finally {
    source.release();
  }
}
