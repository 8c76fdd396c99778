import { decodeStart } from "../utils/utf8.ts";

/** Media types by extension. A file without a name gets the first extension of its type. */
const EXTENSIONS: readonly (readonly [type: string, extensions: readonly string[]])[] = [
  ["audio/mpeg", ["mp3", "mpga", "mpeg", "mp2"]],
  ["audio/ogg", ["ogg", "oga", "opus", "spx"]],
  ["audio/wav", ["wav", "wave"]],
  ["audio/flac", ["flac"]],
  ["audio/webm", ["webm", "weba"]],
  ["audio/mp4", ["m4a", "mp4", "m4b", "mov"]],
  ["audio/aac", ["aac", "adts"]],
  ["audio/amr", ["amr"]],
  ["audio/amr-wb", ["awb"]],
  ["audio/aiff", ["aiff", "aif", "aifc"]],
  ["audio/3gpp", ["3gp", "3gpp"]],
  ["audio/3gpp2", ["3g2"]],
  ["audio/x-ms-wma", ["wma", "asf"]],
  ["audio/x-matroska", ["mka", "mkv"]],
  ["audio/x-caf", ["caf"]],
  ["audio/basic", ["au", "snd"]],
  ["application/pdf", ["pdf"]],
  ["image/jpeg", ["jpg", "jpeg"]],
  ["image/png", ["png"]],
  ["image/gif", ["gif"]],
  ["image/webp", ["webp"]],
  ["image/tiff", ["tif", "tiff"]],
  ["image/bmp", ["bmp"]],
  ["image/heic", ["heic"]],
  ["image/heif", ["heif", "hif"]],
  ["image/avif", ["avif"]],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"]],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ["xlsx"]],
  ["application/vnd.openxmlformats-officedocument.presentationml.presentation", ["pptx"]],
  ["application/vnd.oasis.opendocument.text", ["odt"]],
  ["application/vnd.oasis.opendocument.spreadsheet", ["ods"]],
  ["application/vnd.oasis.opendocument.presentation", ["odp"]],
  ["application/msword", ["doc", "dot"]],
  ["application/vnd.ms-excel", ["xls"]],
  ["application/vnd.ms-powerpoint", ["ppt"]],
  ["application/vnd.ms-outlook", ["msg"]],
  ["application/rtf", ["rtf"]],
  ["application/json", ["json"]],
  ["application/xml", ["xml"]],
  ["application/zip", ["zip"]],
  ["text/plain", ["txt", "text", "log"]],
  ["text/csv", ["csv"]],
  ["text/html", ["html", "htm"]],
  ["text/markdown", ["md"]],
];

const BY_EXTENSION: ReadonlyMap<string, string> = new Map(
  EXTENSIONS.flatMap(([type, extensions]) => extensions.map((extension) => [extension, type] as const)),
);
const EXTENSION_OF: ReadonlyMap<string, string> = new Map(
  EXTENSIONS.map(([type, extensions]) => [type, extensions[0] ?? ""] as const),
);

/** Returns the type by the extension of a file name or path. */
export function typeByName(filename: string | undefined): string | undefined {
  const dot = filename?.lastIndexOf(".") ?? -1;
  return dot < 0
    ? undefined
    : BY_EXTENSION.get(
        (filename ?? "")
          .slice(dot + 1)
          .trim()
          .toLowerCase(),
      );
}

/** Returns the usual extension of a media type, with or without parameters. */
export function extensionOf(type: string): string | undefined {
  return EXTENSION_OF.get(type.split(";", 1)[0]?.trim() ?? "");
}

/** Returns the type by the first bytes of a file: 132 are enough, except for data after a tag or in an archive. */
export function sniffMediaType(bytes: Uint8Array): string | undefined {
  const text = latin1(bytes.subarray(0, 64));
  for (const [signature, type] of SIGNATURES) if (text.startsWith(signature)) return type;
  if (text.startsWith("\x1aE\xdf\xa3")) return text.includes("matroska") ? "audio/x-matroska" : "audio/webm";
  if (text.startsWith("ftyp", 4)) return typeByBrands(text);
  if (/^(RIFF|RF64|BW64)/.test(text)) return RIFF_TYPES.get(text.slice(8, 12));
  if (text.startsWith("FORM")) return /^AIF[FC]/.test(text.slice(8)) ? "audio/aiff" : undefined;
  if (isQuickTime(bytes, text)) return "audio/mp4";
  if (/^BM.{4}\0{4}/s.test(text)) return "image/bmp";
  if (latin1(bytes.subarray(128, 132)) === "DICM") return "application/dicom";
  return typeByFrame(bytes);
}

/** Decodes bytes as Latin-1: one character per byte, so that signatures can be written as in the formats' specifications. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.byteLength; start += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x2000));
  }
  return text;
}

/** Archives and compound files: their first bytes do not determine their content. */
export const ZIP = "application/zip";
export const COMPOUND_FILE = "application/x-cfb";

const SIGNATURES: readonly (readonly [signature: string, type: string])[] = [
  ["ID3", "audio/mpeg"],
  ["OggS", "audio/ogg"],
  ["fLaC", "audio/flac"],
  ["#!AMR-WB", "audio/amr-wb"],
  ["#!AMR", "audio/amr"],
  ["ADIF", "audio/aac"],
  ["caff", "audio/x-caf"],
  [".snd", "audio/basic"],
  ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"],
  ["%PDF-", "application/pdf"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"],
  ["{\\rtf", "application/rtf"],
  ["%!PS", "application/postscript"],
  ["\x1f\x8b\x08", "application/gzip"],
  ["7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"],
  ["Rar!\x1a\x07", "application/vnd.rar"],
  ["PK\x03\x04", ZIP],
  ["PK\x05\x06", ZIP],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", COMPOUND_FILE],
  ["\x7fELF", "application/x-elf"],
  ["SQLite format 3\0", "application/vnd.sqlite3"],
];

const RIFF_TYPES: ReadonlyMap<string, string> = new Map([
  ["WAVE", "audio/wav"],
  ["WEBP", "image/webp"],
]);

/** Picture formats with the boxes of MP4: HEIC (HEVC), HEIF (any codec), AVIF, Canon's raw format. */
const PICTURE_BRANDS: readonly (readonly [brands: RegExp, type: string])[] = [
  [/^(?:avif|avis)/, "image/avif"],
  [/^(?:heic|heix|heim|heis|hevc|hevx|hevm|hevs)/, "image/heic"],
  [/^(?:mif[12]|msf1|miaf|1pic)/, "image/heif"],
  [/^crx /, "image/x-canon-cr3"],
];

function typeByBrands(text: string): string {
  const brand = text.slice(8, 12);
  for (const [brands, type] of PICTURE_BRANDS) if (brands.test(brand)) return type;
  if (/^3g[ers2p]/.test(brand)) return brand.startsWith("3g2") ? "audio/3gpp2" : "audio/3gpp";
  return "audio/mp4";
}

/** Detects older QuickTime files, which begin with another box: its length (big-endian), then its name. */
function isQuickTime(bytes: Uint8Array, text: string): boolean {
  if (!/^.{4}(?:free|skip|wide|mdat|moov|pnot)/s.test(text)) return false;
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  return size >= 8 || size < 2; // 0: to the end of the file; 1: a longer length follows
}

/** Detects MPEG audio without a tag, or AAC in ADTS, by its first frame: eleven or twelve set bits, then its parameters. */
function typeByFrame(bytes: Uint8Array): string | undefined {
  const [sync = 0, version = 0, rate = 0] = bytes;
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return undefined;
  const layer = (version >> 1) & 3;
  if (layer === 0) return (version & 0xf0) === 0xf0 ? "audio/aac" : undefined;
  const isReserved = ((version >> 3) & 3) === 1 || rate >> 4 === 15 || ((rate >> 2) & 3) === 3;
  return isReserved ? undefined : "audio/mpeg";
}

/** Returns the length of an ID3 tag with header and footer, or 0 without a tag; a tag can contain a picture of any size. */
export function id3Bytes(bytes: Uint8Array): number {
  const [i, d, three, , , flags = 0, ...size] = bytes.subarray(0, 10);
  if (i !== 0x49 || d !== 0x44 || three !== 0x33 || size.length < 4) return 0;
  const length = size.reduce((sum, seven) => sum * 128 + (seven & 0x7f), 0);
  return length + ((flags & 0x10) === 0 ? 10 : 20);
}

/** Returns the type of a ZIP archive: Office formats by the folder of their parts, OpenDocument by its `mimetype` entry. */
export function typeByZip(names: string): string {
  const openDocument =
    /^.{30}mimetype(application\/vnd\.oasis\.opendocument\.[a-z-]+|application\/epub\+zip)/s.exec(names);
  if (openDocument?.[1] !== undefined) return openDocument[1];
  for (const [folder, type] of OFFICE_FOLDERS) if (names.includes(folder)) return type;
  return ZIP;
}

const OFFICE = "application/vnd.openxmlformats-officedocument.";
const OFFICE_FOLDERS: readonly (readonly [folder: string, type: string])[] = [
  ["word/", `${OFFICE}wordprocessingml.document`],
  ["xl/", `${OFFICE}spreadsheetml.sheet`],
  ["ppt/", `${OFFICE}presentationml.presentation`],
];

/** Returns the type of a compound file by its directory: UTF-16 names of streams that only one program writes. */
export function typeByDirectory(directory: string): string {
  for (const [stream, type] of COMPOUND_STREAMS) {
    if (directory.includes([...stream, ""].join("\0"))) return type;
  }
  return COMPOUND_FILE;
}

const COMPOUND_STREAMS: readonly (readonly [stream: string, type: string])[] = [
  ["__properties_version1.0", "application/vnd.ms-outlook"],
  ["WordDocument", "application/msword"],
  ["PowerPoint Document", "application/vnd.ms-powerpoint"],
  ["Workbook", "application/vnd.ms-excel"],
  ["Book", "application/vnd.ms-excel"],
];

/** Returns the offset of a compound file's directory, from its header. */
export function directoryStart(header: Uint8Array): number | undefined {
  if (header.byteLength < 52) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const shift = view.getUint16(30, true);
  return shift === 9 || shift === 12 ? (view.getUint32(48, true) + 1) * 2 ** shift : undefined;
}

/** Text without markup is detected by its words; less text, or fewer different characters, can be binary data. */
const MIN_TEXT_BYTES = 16;
const MIN_CHARACTERS = 8;

/** Returns the type of bytes that are certainly text: UTF-8 or UTF-16 without control characters that no text has. */
export function typeByText(bytes: Uint8Array): string | undefined {
  const [first = 0, second = 0] = bytes;
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  let text: string;
  try {
    // The peeked bytes may end inside a character.
    text = isWide ? decodeUtf16(bytes, first === 0xff) : decodeStart(bytes);
  } catch {
    return undefined;
  }
  if (/\p{Cc}/u.test(text.replace(/[\t\n\v\f\r]/g, ""))) return undefined;
  if (/^\s*<(?:!doctype html|html)/i.test(text)) return "text/html";
  if (/^\s*<[?!a-z]/i.test(text)) return "application/xml";
  if (/^\s*(?:\{\s*["}]|\[\s*[[{"\]\d])/.test(text)) return "application/json";
  if (bytes.byteLength < MIN_TEXT_BYTES || !/\S\s+\S/.test(text)) return undefined;
  if (new Set(text).size < MIN_CHARACTERS) return undefined;
  return "text/plain";
}

/** Decodes UTF-16 without TextDecoder, which does not support it on every platform. Throws for lone surrogates. */
function decodeUtf16(bytes: Uint8Array, isLittleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength & ~1);
  let text = "";
  for (let at = 2; at < view.byteLength; at += 2)
    text += String.fromCharCode(view.getUint16(at, isLittleEndian));
  // The second half of a last surrogate pair may be after the peeked bytes.
  if (/\p{Cs}/u.test(text.replace(/[\uD800-\uDBFF]$/, ""))) throw new TypeError("not UTF-16");
  return text;
}
