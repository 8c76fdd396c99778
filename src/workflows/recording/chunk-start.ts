import { sniffMediaType } from "../../upload/sniff.ts";
import { decodeStart } from "../../utf8.ts";

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
