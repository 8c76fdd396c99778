import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { typeByFacts } from "../../upload/media-type.ts";
import { typeByBytes } from "../../upload/sniff.ts";
import { joinBytes } from "../../upload/stream.ts";

/** A chunk's content, copied from its owner. */
export interface ReadChunk {
  readonly bytes: Uint8Array;
  readonly type: string | undefined;
}

/** Reads a chunk whole, to send it as often as it takes. Its name is left behind: it may name a patient. */
export async function readChunk(chunk: FileInput, maxBytes: number): Promise<ReadChunk> {
  const source = await sourceOf("chunk", chunk);
  const reader = source.open({});
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) {
      size += part.byteLength;
      if (size > maxBytes) {
        throw new HeidiArgumentError(
          "chunk",
          `The chunk is larger than \`maxBufferedBytes\` (${maxBytes} bytes); it was not taken. Chunks of 45 to 60 seconds are wanted.`,
        );
      }
      // A stream may use its memory again for the next part.
      parts.push(part.slice());
    }
    if (size === 0) throw new HeidiUploadError("The chunk is empty (0 bytes); it was not taken.");
    const bytes = joinBytes(parts);
    const type = typeByFacts(source.contentType, source.filename, true) ?? typeByBytes(bytes);
    return { bytes, type };
  } finally {
    await reader.close();
    source.release();
  }
}
