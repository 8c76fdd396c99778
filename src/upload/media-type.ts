import { typeByBytes, typeByName } from "./sniff.ts";

// RFC 9110: type "/" subtype, then parameters of a token and a token or quoted string. Nothing that could end a header.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t\\x20-\\x7e])*"';
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})((?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*)$`);
const LONGEST = 255;

/** Video types whose file may well hold only sound: what browsers and phones call their recordings. */
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

/** Of the formats Heidi recommends, the one that still decodes after an unknown start: frames are found anywhere. */
const UNKNOWN_AUDIO = "audio/mpeg";
const UNKNOWN_FILE = "application/octet-stream";

/** A media type that is safe to put in a header, or undefined. */
export function parseMediaType(text: string | undefined): { type: string; parameters: string } | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  const match = MEDIA_TYPE.exec(text.trim());
  return match === null ? undefined : { type: (match[1] ?? "").toLowerCase(), parameters: match[2] ?? "" };
}

/** Whether a caller's content type can be used; an empty one counts as not given. */
export function isUsableType(value: unknown): value is string | undefined {
  return (
    value === undefined || value === "" || (typeof value === "string" && parseMediaType(value) !== undefined)
  );
}

/**
 * The content type of a file as far as it is known without reading it: what was given, else what its name says.
 * Of audio, only an `audio/*` type counts, and one that a recorder got wrong is put right.
 */
export function typeByFacts(
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
    } else if (parsed.type !== UNKNOWN_FILE) {
      return parsed.type + parsed.parameters;
    }
  }
  return asWanted(typeByName(filename), audio);
}

/** The content type by the first bytes of a file; never undefined. */
export function typeByStart(start: Uint8Array, audio: boolean): string {
  return asWanted(typeByBytes(start), audio) ?? (audio ? UNKNOWN_AUDIO : UNKNOWN_FILE);
}

function asWanted(type: string | undefined, audio: boolean): string | undefined {
  return audio && type?.startsWith("audio/") !== true ? undefined : type;
}
