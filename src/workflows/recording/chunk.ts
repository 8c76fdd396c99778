import { HeidiArgumentError, HeidiUploadError } from "../../errors.ts";
import { bytesOf, copyFileInput } from "../../upload/copy.ts";
import { type FileInput, sourceOf } from "../../upload/file.ts";
import { type ChunkReader, FILE_SOURCE, type FileSource } from "../../upload/file-source.ts";
import { declaredMediaType } from "../../upload/media-type.ts";
import { concatBytes, isBlob } from "../../upload/readers.ts";
import { sniffMediaType } from "../../upload/sniff.ts";
import { decodeStart } from "../../utils/utf8.ts";

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
  return copyFileInput(chunk);
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

/** What the first bytes of a chunk show. */
export interface ChunkStart {
  /**
   * - `file`: an audio file begins here.
   * - `part`: it is from the middle of a recording.
   * - `other`: it is a document, a picture or text.
   * - `unknown`: nothing is known against it.
   */
  readonly kind: "file" | "part" | "other" | "unknown";
  readonly type?: string | undefined;
}

/** Containers whose every file begins with its signature: anything else of that type is a part of a file. */
const SIGNED = /^audio\/(webm|x-matroska|ogg|opus|mp4|x-m4a|wav|x-wav|wave|flac|aiff|x-aiff|x-caf)(;|$)/i;
/** Brands of MP4's family that are pictures. */
const PICTURES = /^(hei[cfmsx]|hev[cmsx]|mif[12]|msf1|avi[fs]|crx )/;
/** Boxes of the middle of a fragmented MP4; `mdat` begins old QuickTime files as well. */
const FRAGMENT_BOXES = /^(moof|styp|sidx|mdat|emsg|prft|mfra)$/;
const QUICKTIME_BOXES = /^(moov|free|skip|wide|pnot|mdat)$/;

/** Shorter text than this may as well be chance. */
const LEAST_TEXT_BYTES = 16;

/** Judges how a chunk begins; `type` is what it is said to be, or what the chunks before it were. */
export function detectChunkStart(bytes: Uint8Array, type: string | undefined): ChunkStart {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start.startsWith("OggS") && bytes[4] === 0) {
    return ((bytes[5] ?? 0) & 2) === 0 ? { kind: "part" } : { kind: "file", type: "audio/ogg" };
  }
  // A cluster, its time and its blocks: WebM and Matroska without their headers.
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
  // Said of nothing stronger than "OggS" and a damaged head.
  if (found !== undefined)
    return start.startsWith("OggS") ? { kind: "unknown" } : { kind: "file", type: found };
  if (/^(GIF8|<!DOCTYPE|<html|\{\\rtf)/i.test(start)) return { kind: "other", type: "a document" };
  if (isText(bytes)) return { kind: "other", type: "text" };
  return type !== undefined && SIGNED.test(type) ? { kind: "part" } : { kind: "unknown" };
}

/** A SimpleBlock with a plausible head, as Chromium's slices begin: id, size, track 1 to 4, time, flags. */
function isLooseBlock(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0xa3) return false;
  const width = Math.clz32(bytes[1] ?? 0) - 23;
  const [track = 0, , , flags = 0] = bytes.subarray(1 + width, 5 + width);
  return width <= 4 && track >= 0x81 && track <= 0x84 && (flags & 0x70) === 0;
}

/** The types of an MP4's outer boxes, as far as they follow each other. */
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
  // A character that is cut at the end is no fault, hence the stream mode.
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
