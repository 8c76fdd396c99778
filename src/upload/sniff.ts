/** Types by extension. The first extension of a type is the one that a nameless file gets. */
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
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", ["docx"]],
  ["application/msword", ["doc"]],
  ["text/plain", ["txt"]],
];

const BY_EXTENSION: ReadonlyMap<string, string> = new Map(
  EXTENSIONS.flatMap(([type, extensions]) => extensions.map((extension) => [extension, type] as const)),
);
const EXTENSION_OF: ReadonlyMap<string, string> = new Map(
  EXTENSIONS.map(([type, extensions]) => [type, extensions[0] ?? ""] as const),
);

/** A type by the extension of a file name or path. */
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

/** The usual extension of a media type, parameters or not. */
export function extensionOf(type: string): string | undefined {
  return EXTENSION_OF.get(type.split(";", 1)[0]?.trim() ?? "");
}

/** A type by the first bytes of a file: 64 tell every audio format. */
export function typeByBytes(bytes: Uint8Array): string | undefined {
  // As Latin-1: one character per byte, so that signatures read as they are written in the formats' own documents.
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  for (const [signature, type] of SIGNATURES) if (text.startsWith(signature)) return type;
  if (text.startsWith("\x1aE\xdf\xa3")) return text.includes("matroska") ? "audio/x-matroska" : "audio/webm";
  if (text.startsWith("ftyp", 4)) return typeByBrand(text.slice(8, 12));
  if (/^(RIFF|RF64|BW64)/.test(text)) return text.startsWith("WAVE", 8) ? "audio/wav" : undefined;
  if (text.startsWith("FORM")) return /^AIF[FC]/.test(text.slice(8)) ? "audio/aiff" : undefined;
  if (text.startsWith("PK\x03\x04")) return typeByZip(bytes);
  return typeByFrame(bytes);
}

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
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"],
];

function typeByBrand(brand: string): string {
  if (/^3g[ers2p]/.test(brand)) return brand.startsWith("3g2") ? "audio/3gpp2" : "audio/3gpp";
  return "audio/mp4";
}

/** Every Office file is a ZIP archive; a Word document has its parts under `word/`. */
function typeByZip(bytes: Uint8Array): string | undefined {
  const names = new TextDecoder("latin1").decode(bytes);
  if (names.includes("xl/") || names.includes("ppt/")) return undefined;
  return names.includes("word/") ||
    names.startsWith("[Content_Types].xml", 30) ||
    names.startsWith("_rels/.rels", 30)
    ? "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    : undefined;
}

/** MPEG audio without a tag, or AAC in ADTS, starts with a frame: eleven or twelve set bits, then its parameters. */
function typeByFrame(bytes: Uint8Array): string | undefined {
  const [sync = 0, version = 0, rate = 0] = bytes;
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return undefined;
  const layer = (version >> 1) & 3;
  if (layer === 0) return (version & 0xf0) === 0xf0 ? "audio/aac" : undefined;
  const isReserved = ((version >> 3) & 3) === 1 || rate >> 4 === 15 || ((rate >> 2) & 3) === 3;
  return isReserved ? undefined : "audio/mpeg";
}
