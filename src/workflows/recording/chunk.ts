import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { bytesOf, copyFileInput } from "../../upload/copy.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { type ChunkReader, FILE_SOURCE, type FileSource } from "../../upload/file-source.ts";
import { declaredMediaType } from "../../upload/media-type.ts";
import { concatBytes, isBlob } from "../../upload/readers.ts";
import { sniffMediaType } from "../../upload/sniff.ts";
import { decodeStart } from "../../utils/utf8.ts";

/** The content of a chunk, copied from the caller's memory. */
export interface ReadChunk {
  readonly bytes: Uint8Array;
  readonly type: string | undefined;
  /** The duration that `segmentRecording` found missing in it. */
  readonly gapMs: number | undefined;
}

/** An appended chunk: its bytes are copied, or already being read. */
export interface CopiedChunk {
  /** @throws HeidiArgumentError, HeidiUploadError for an invalid chunk; then nothing is held. */
  read(firstType: string | undefined): Promise<ReadChunk>;
  /** Releases a chunk that is not read, or not to its end. */
  release(): void;
}

/**
 * Copies a chunk before it returns: bytes are copied, the reading of a Blob begins, and a stream gets its listeners. A
 * recorder can reuse its memory at once.
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
      // Closing the reader also stops the reading of a stream that never ends.
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

/** Returns the chunk with a copy of its bytes; throws when there are too many. */
function ownCopy(chunk: FileInput, maxBytes: number): FileInput {
  const bytes = bytesOf(contentOf(chunk));
  if (bytes && bytes.byteLength > maxBytes) throw tooLarge(maxBytes);
  return copyFileInput(chunk);
}

const tooLarge = (maxBytes: number): HeidiArgumentError =>
  new HeidiArgumentError(
    "chunk",
    `The chunk is larger than \`maxBufferedBytes\` (${maxBytes} bytes); it was not accepted. Use chunks of 45 to 60 seconds.`,
  );

/** Reads a whole chunk, so that it can be sent repeatedly. */
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
    if (bytes.byteLength === 0)
      throw new HeidiUploadError("The chunk is empty (0 bytes); it was not accepted.");
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

/** Returns the media type of a chunk that is a complete file. Its file name is dropped: it may name a patient. */
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
      "The chunk is only a part of an audio file, like the slices of a MediaRecorder with a timeslice, and cannot be " +
        "transcribed alone. It was not accepted, and the recording continues. Pass the whole stream through " +
        "segmentRecording(stream), which makes each chunk a complete file.",
    );
  }
  if (kind === "other") {
    throw new HeidiArgumentError(
      "chunk",
      `The chunk is not audio: its first bytes are ${type}. It was not accepted, and the recording continues. Pass audio files, such as those from segmentRecording(stream).`,
    );
  }
  if (kind === "unknown") return declared ?? sniffMediaType(bytes);
  // The content takes precedence over a wrong declared type; a correct one may have parameters, such as its codec.
  return declared?.split(";", 1)[0] === type ? declared : type;
}

function gapOf(chunk: unknown): number | undefined {
  const gap: unknown = typeof chunk === "object" && chunk !== null ? Reflect.get(chunk, "gap") : undefined;
  if (typeof gap !== "object" || gap === null) return undefined;
  const durationMs: unknown = Reflect.get(gap, "durationMs");
  return typeof durationMs === "number" && durationMs >= 0 ? durationMs : 0;
}

/** The result of checking the first bytes of a chunk. */
export interface ChunkStart {
  /**
   * - `file`: an audio file begins here.
   * - `part`: the bytes are from the middle of a recording.
   * - `other`: the bytes are a document, a picture or text.
   * - `unknown`: nothing shows that it is not audio.
   */
  readonly kind: "file" | "part" | "other" | "unknown";
  readonly type?: string | undefined;
}

/** Containers whose files all begin with a signature: other bytes of that type are a part of a file. */
const SIGNED = /^audio\/(webm|x-matroska|ogg|opus|mp4|x-m4a|wav|x-wav|wave|flac|aiff|x-aiff|x-caf)(;|$)/i;
/** Brands of the MP4 family that are pictures. */
const PICTURES = /^(hei[cfmsx]|hev[cmsx]|mif[12]|msf1|avi[fs]|crx )/;
/** Boxes from the middle of a fragmented MP4; old QuickTime files can also begin with `mdat`. */
const FRAGMENT_BOXES = /^(moof|styp|sidx|mdat|emsg|prft|mfra)$/;
const QUICKTIME_BOXES = /^(moov|free|skip|wide|pnot|mdat)$/;

/** Shorter bytes can be valid text by chance. */
const LEAST_TEXT_BYTES = 16;

/** Checks how a chunk begins; `type` is its declared type, or that of the previous chunks. */
export function detectChunkStart(bytes: Uint8Array, type: string | undefined): ChunkStart {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith("OggS") && bytes[4] === 0) {
    return ((bytes[5] ?? 0) & 2) === 0 ? { kind: "part" } : { kind: "file", type: "audio/ogg" };
  }
  // A cluster, its timestamp and its blocks: WebM and Matroska without their headers.
  if (start.startsWith("\x1fC\xb6u") || isLooseBlock(bytes)) return { kind: "part" };
  const box = start.slice(4, 8);
  if (box === "ftyp") {
    if (PICTURES.test(start.slice(8, 12))) return { kind: "other", type: "a picture" };
    return { kind: "file", type: sniffMediaType(bytes) };
  }
  if (FRAGMENT_BOXES.test(box) || QUICKTIME_BOXES.test(box)) {
    const hasMovie = boxesOf(bytes).includes("moov");
    if (hasMovie) return { kind: "file", type: "audio/mp4" };
    if (FRAGMENT_BOXES.test(box)) return { kind: "part" };
  }
  const found = sniffMediaType(bytes);
  if (found !== undefined && !found.startsWith("audio/")) return { kind: "other", type: found };
  // With a damaged head, "OggS" alone is no evidence.
  if (found !== undefined)
    return start.startsWith("OggS") ? { kind: "unknown" } : { kind: "file", type: found };
  if (/^(GIF8|<!DOCTYPE|<html|\{\\rtf)/i.test(start)) return { kind: "other", type: "a document" };
  if (isText(bytes)) return { kind: "other", type: "text" };
  return type !== undefined && SIGNED.test(type) ? { kind: "part" } : { kind: "unknown" };
}

/** Detects a SimpleBlock with a plausible head, as Chromium's slices begin: id, size, track 1 to 4, time, flags. */
function isLooseBlock(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xa3) return false;
  const width = Math.clz32(bytes[1] ?? 0) - 23;
  const [track = 0, , , flags = 0] = bytes.subarray(1 + width, 5 + width);
  return width <= 4 && track >= 0x81 && track <= 0x84 && (flags & 0x70) === 0;
}

/** Returns the types of an MP4's consecutive top-level boxes. */
function boxesOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const types: string[] = [];
  for (let at = 0; at + 8 <= bytes.byteLength && types.length < 1_000; ) {
    const short = view.getUint32(at);
    const size = short === 1 && at + 16 <= bytes.byteLength ? Number(view.getBigUint64(at + 8)) : short;
    types.push(String.fromCharCode(...bytes.subarray(at + 4, at + 8)));
    if (size < 8) break;
    at += size;
  }
  return types;
}

function isText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 512);
  if (start.byteLength < LEAST_TEXT_BYTES) return false;
  // Decode in stream mode: an incomplete character at the end is not an error.
  let text: string;
  try {
    text = decodeStart(start);
  } catch {
    return false;
  }
  return [...text].every(
    (character) => (character >= " " && character !== "\x7f") || "\t\n\r".includes(character),
  );
}
