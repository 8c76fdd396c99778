import { uploadError } from "./errors.ts";
import type { FileSource } from "./file-source.ts";
import {
  COMPOUND_FILE,
  directoryStart,
  id3Bytes,
  latin1,
  sniffMediaType,
  typeByDirectory,
  typeByName,
  typeByText,
  typeByZip,
  ZIP,
} from "./sniff.ts";

// RFC 9110: type "/" subtype, then parameters: a token and a token or quoted string. No character that could end a header.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t\\x20-\\x7e])*"';
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})((?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*)$`);
const LONGEST = 255;

/** Video types whose files may contain only audio; browsers and phones use them for recordings. */
const SOUND_OF: Readonly<Record<string, string>> = {
  "video/webm": "audio/webm",
  "video/mp4": "audio/mp4",
  "video/ogg": "audio/ogg",
  "application/ogg": "audio/ogg",
  "application/mp4": "audio/mp4",
  "video/quicktime": "audio/mp4",
  "video/3gpp": "audio/3gpp",
  "video/3gpp2": "audio/3gpp2",
  "video/x-matroska": "audio/x-matroska",
  "video/x-ms-wmv": "audio/x-ms-wma",
  "video/x-ms-asf": "audio/x-ms-wma",
};

/** The default for unknown audio: of the formats that Heidi recommends, the one that decoders can read from any position. */
const UNKNOWN_AUDIO = "audio/mpeg";
const UNKNOWN_FILE = "application/octet-stream";

/** Returns a media type that is safe in a header, or undefined. */
export function parseMediaType(text: string | undefined): { type: string; parameters: string } | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  const match = MEDIA_TYPE.exec(text.trim());
  return match === null ? undefined : { type: (match[1] ?? "").toLowerCase(), parameters: match[2] ?? "" };
}

/** Checks a caller's content type; an empty one counts as not set. */
export function isUsableType(value: unknown): value is string | undefined {
  return (
    value === undefined || value === "" || (typeof value === "string" && parseMediaType(value) !== undefined)
  );
}

/**
 * Returns the declared content type of a file: the one set by the caller, otherwise the one of its name.
 * For audio, only an `audio/*` type counts, and a recorder's wrong type is corrected; a document is never audio.
 */
export function declaredMediaType(
  given: string | undefined,
  filename: string | undefined,
  audio: boolean,
): string | undefined {
  const parsed = parseMediaType(given);
  if (parsed !== undefined && !parsed.type.includes("*")) {
    if (audio) {
      if (parsed.type.startsWith("audio/")) return parsed.type + parsed.parameters;
      const sound = SOUND_OF[parsed.type];
      if (sound !== undefined) return sound;
    } else if (parsed.type !== UNKNOWN_FILE && !parsed.type.startsWith("audio/")) {
      return parsed.type + parsed.parameters;
    }
  }
  return asWanted(typeByName(filename), audio);
}

/** Returns the content type by the first bytes of a file alone; never undefined. */
export function mediaTypeOfStart(start: Uint8Array, audio: boolean): string {
  return asWanted(sniffMediaType(start), audio) ?? (audio ? UNKNOWN_AUDIO : UNKNOWN_FILE);
}

const isAudio = (type: string): boolean => type.startsWith("audio/");

function asWanted(type: string | undefined, audio: boolean): string | undefined {
  return type === undefined || isAudio(type) !== audio ? undefined : type;
}

const AUDIO_START_BYTES = 132;
const DOCUMENT_START_BYTES = 4096;
/** The first frame can follow a tag after some padding. */
const AFTER_TAG_BYTES = 1024;
/** The central directory of a ZIP archive is at its end. */
const ARCHIVE_END_BYTES = 64 * 1024;
const DIRECTORY_BYTES = 4096;

/**
 * Returns the content type of a file's part. A type proven by its bytes takes precedence; otherwise the declared type, that
 * of the name and finally a default are used.
 *
 * @throws HeidiUploadError when a recording is certainly not audio: a document, a picture, an archive or text.
 */
export async function resolveMediaType(source: FileSource, name: string, audio: boolean): Promise<string> {
  const known = declaredMediaType(source.contentType, source.filename, audio);
  const found = audio ? await sniffAudio(source) : await sniffDocument(source);
  if (audio && found !== undefined && !isAudio(found)) {
    throw uploadError(
      `The file in "${name}" is not audio but ${found}; it was not sent. Pass a recording; for documents use uploadDocument.`,
    );
  }
  if (found === undefined || (!audio && isAudio(found)))
    return known ?? (audio ? UNKNOWN_AUDIO : UNKNOWN_FILE);
  return known !== undefined && agrees(known, found) ? known : found;
}

/** Returns true when a declared type agrees with the bytes, or is more specific: another name of the format, parameters, a kind of archive. */
function agrees(known: string, found: string): boolean {
  const type = known.split(";", 1)[0] ?? "";
  if (type === found) return true;
  if (found === ZIP) return /zip|openxmlformats|opendocument|^application\/(?:x-|vnd\.)/.test(type);
  if (found === COMPOUND_FILE) return /^application\/(?:msword|x-|vnd\.)/.test(type);
  if (found === "image/heif") return type === "image/heic";
  return SAME_FORMAT[found]?.includes(type) === true;
}

/** Other media types that are used for a format. */
const SAME_FORMAT: Readonly<Record<string, readonly string[]>> = {
  "audio/mpeg": [
    "audio/mp3",
    "audio/x-mp3",
    "audio/x-mpeg",
    "audio/mpeg3",
    "audio/mpa",
    "audio/mp2",
    "audio/x-mp2",
  ],
  "audio/ogg": ["audio/opus", "audio/vorbis", "audio/speex", "audio/x-ogg"],
  "audio/wav": ["audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/x-pn-wav"],
  "audio/flac": ["audio/x-flac"],
  "audio/mp4": ["audio/x-m4a", "audio/m4a", "audio/mp4a-latm", "audio/x-m4b", "audio/3gpp", "audio/3gpp2"],
  "audio/3gpp": ["audio/mp4", "audio/3gpp2", "audio/amr"],
  "audio/3gpp2": ["audio/mp4", "audio/3gpp"],
  "audio/aac": ["audio/aacp", "audio/x-aac", "audio/x-hx-aac-adts"],
  "audio/webm": ["audio/x-matroska"],
  "audio/aiff": ["audio/x-aiff"],
  "audio/basic": ["audio/au", "audio/x-au"],
  "audio/x-caf": ["audio/caf"],
  "audio/x-ms-wma": ["audio/wma"],
  "audio/x-matroska": ["audio/matroska"],
  "application/pdf": ["application/x-pdf"],
  "image/jpeg": ["image/jpg", "image/pjpeg"],
  "image/bmp": ["image/x-ms-bmp"],
  "application/rtf": ["text/rtf"],
  "text/html": ["application/xhtml+xml"],
  "application/gzip": ["application/x-gzip"],
};

async function sniffAudio(source: FileSource): Promise<string | undefined> {
  const start = await source.peek(0, AUDIO_START_BYTES);
  const tagBytes = id3Bytes(start);
  if (tagBytes > 0) {
    const following = await source.peek(tagBytes, tagBytes + AFTER_TAG_BYTES);
    const first = following.findIndex((byte) => byte !== 0); // some writers add padding after a tag
    return asWanted(sniffMediaType(following.subarray(Math.max(0, first))), true) ?? "audio/mpeg";
  }
  return sniffMediaType(start) ?? typeByText(start);
}

async function sniffDocument(source: FileSource): Promise<string | undefined> {
  const start = await source.peek(0, DOCUMENT_START_BYTES);
  const found = sniffMediaType(start);
  const { sizeBytes } = source;
  if (found === ZIP) {
    const end = sizeBytes === undefined ? 0 : sizeBytes;
    return typeByZip(
      latin1(start) + latin1(await source.peek(Math.max(start.byteLength, end - ARCHIVE_END_BYTES), end)),
    );
  }
  if (found === COMPOUND_FILE) {
    const at = directoryStart(start);
    return at === undefined ? found : typeByDirectory(latin1(await source.peek(at, at + DIRECTORY_BYTES)));
  }
  // A saved error page can have any file name.
  return found ?? (typeByText(start) === "text/html" ? "text/html" : undefined);
}
