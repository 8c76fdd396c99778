import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { declaredMediaType } from "../../upload/media-type.ts";
import { isBlob } from "../../upload/memory.ts";
import { sniffMediaType } from "../../upload/sniff.ts";
import { type ChunkReader, FILE_SOURCE, type FileSource } from "../../upload/source.ts";
import { concatBytes } from "../../upload/stream.ts";
import { bytesOf, copyFile } from "../../upload/taken.ts";
import { detectChunkStart } from "./chunk-start.ts";

/** A chunk's content, copied from its owner. */
export interface ReadChunk {
  readonly bytes: Uint8Array;
  readonly type: string | undefined;
  /** What `segmentRecording` found missing in it. */
  readonly gapMs: number | undefined;
}

/** A chunk from the moment that it was appended: its bytes are copied, or already being read. */
export interface CopiedChunk {
  /** @throws HeidiArgumentError, HeidiUploadError for a chunk that cannot be taken; nothing is held then. */
  read(firstType: string | undefined): Promise<ReadChunk>;
  /** Lets go of a chunk that is not read, or not to its end. */
  release(): void;
}

/**
 * Takes a chunk before it returns: bytes are copied, a Blob begins to be read, and a stream is listened to. A recorder
 * may use its memory again at once.
 */
export function copyChunk(chunk: FileInput, maxBytes: number): CopiedChunk {
  let source: FileSource | Promise<FileSource>;
  try {
    source = sourceOf("chunk", ownCopy(chunk, maxBytes));
  } catch (error) {
    return { read: () => Promise.reject(error), release: () => undefined };
  }
  const gapMs = gapOf(chunk);
  const content = contentOf(chunk);
  const isStored =
    isBlob(content) || (typeof content === "object" && content !== null && FILE_SOURCE in content);
  let reader: ChunkReader | undefined;
  const readAll = (): Promise<[source: FileSource, bytes: Uint8Array]> =>
    readWhole(source, maxBytes, (opened) => {
      reader = opened;
    });
  const early = isStored ? readAll() : undefined;
  early?.catch(() => undefined);
  return {
    read: async (firstType) => {
      const [{ contentType, filename }, bytes] = await (early ?? readAll());
      return { bytes, type: checkStart(bytes, contentType, filename, firstType), gapMs };
    },
    release: () => {
      // A reader that is closed ends the reading of a stream that would not end.
      void reader?.close();
      Promise.resolve(source).then(
        (unread) => unread.release(),
        () => undefined,
      );
    },
  };
}

const contentOf = (chunk: unknown): unknown =>
  typeof chunk === "object" && chunk !== null && "data" in chunk ? chunk.data : chunk;

/** The same chunk with bytes of its own, unless these are too many to be copied. */
function ownCopy(chunk: FileInput, maxBytes: number): FileInput {
  const bytes = bytesOf(contentOf(chunk));
  if (bytes && bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return copyFile(chunk);
}

const tooLarge = (maxBytes: number): HeidiArgumentError =>
  new HeidiArgumentError(
    "chunk",
    `The chunk is larger than \`maxBufferedBytes\` (${maxBytes} bytes); it was not taken. Chunks of 45 to 60 seconds are wanted.`,
  );

/** Reads a chunk whole, to send it as often as it takes. */
async function readWhole(
  opening: FileSource | Promise<FileSource>,
  maxBytes: number,
  onOpen: (reader: ChunkReader) => void,
): Promise<[source: FileSource, bytes: Uint8Array]> {
  const source = await opening;
  if (source.sizeBytes !== undefined && source.sizeBytes > maxBytes) {
    source.release();
    throw tooLarge(maxBytes);
  }
  const reader = source.open({});
  onOpen(reader);
  try {
    const bytes = await readParts(reader, maxBytes);
    if (bytes.byteLength === 0) throw new HeidiUploadError("The chunk is empty (0 bytes); it was not taken.");
    return [source, bytes];
  } finally {
    await reader.close();
    source.release();
  }
}

async function readParts(reader: ChunkReader, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); part !== undefined; part = await reader.read()) {
    size += part.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return parts.length === 1 && parts[0] ? parts[0] : concatBytes(parts);
}

/** The media type of a chunk that is a file of its own. Its name is left behind: it may name a patient. */
function checkStart(
  bytes: Uint8Array,
  contentType: string | undefined,
  filename: string | undefined,
  firstType: string | undefined,
): string | undefined {
  const declared = declaredMediaType(contentType, filename, true);
  const { kind, type } = detectChunkStart(bytes, declared ?? firstType);
  if (kind === "part") {
    throw new HeidiArgumentError(
      "chunk",
      "The chunk does not begin as an audio file; it is a part of one, as MediaRecorder's timeslice gives them, and " +
        "cannot be transcribed alone. It was not taken, and the recording goes on. Pass the whole stream through " +
        "segmentRecording(stream), which makes a file of each chunk.",
    );
  }
  if (kind === "other") {
    throw new HeidiArgumentError(
      "chunk",
      `The chunk is not sound: it begins like ${type}. It was not taken, and the recording goes on. Pass audio files, such as those that segmentRecording(stream) gives.`,
    );
  }
  if (kind === "unknown") return declared ?? sniffMediaType(bytes);
  // Evidence wins over a wrong declaration; a right one may have parameters, such as its codec.
  return declared?.split(";", 1)[0] === type ? declared : type;
}

function gapOf(chunk: unknown): number | undefined {
  const gap: unknown = typeof chunk === "object" && chunk !== null ? Reflect.get(chunk, "gap") : undefined;
  if (typeof gap !== "object" || gap === null) return undefined;
  const durationMs: unknown = Reflect.get(gap, "durationMs");
  return typeof durationMs === "number" && durationMs >= 0 ? durationMs : 0;
}
